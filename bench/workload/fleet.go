package workload

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// fleetIdle measures the memory of `hermod run` with s.Relays bots at rest, in a process of its own as an operator
// starts it. The daemon itself gives back, some time after the start, what reading its configuration and dialling took.
func fleetIdle(s Spec) (map[string]float64, error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	d, err := startDaemon(ctx, fleetConfig(s))
	if err != nil {
		return nil, err
	}
	defer d.end()
	if err := d.ready(ctx); err != nil {
		return nil, err
	}
	wait(s.Rest)
	rss, ok := residentBytes(d.command.Process.Pid)
	if !ok {
		return nil, errNoMemory
	}
	return map[string]float64{RSS: rss, RSSPerRelay: rss / float64(s.Relays)}, nil
}

func fleetConfig(s Spec) string {
	var text strings.Builder
	fmt.Fprintf(&text, "http: {listen: '127.0.0.1:0'}\ndefaults: {url: %s}\nbots:\n", s.URL)
	for i := range s.Relays {
		fmt.Fprintf(&text, "- {name: bot-%05d, identities: [{platform: discord, bot_id: b%d}], deliver: {stream: {}}}\n", i, i)
	}
	return text.String()
}

// errNotReady is a daemon whose bots do not connect.
var errNotReady = errors.New("the daemon's bots are not all connected")

// ready waits until every bot has connected.
func (d *daemon) ready(ctx context.Context) error {
	for {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+d.Listening+"/readyz", nil)
		if err != nil {
			return err
		}
		answer, err := http.DefaultClient.Do(request)
		if err == nil {
			_ = answer.Body.Close()
			if answer.StatusCode == http.StatusOK {
				return nil
			}
		}
		if ctx.Err() != nil {
			return fmt.Errorf("%w: %w", errNotReady, ctx.Err())
		}
		wait(0.1)
	}
}
