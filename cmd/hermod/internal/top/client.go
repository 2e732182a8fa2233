package top

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"time"

	tea "charm.land/bubbletea/v2"
	json "github.com/goccy/go-json"
	"github.com/tmaxmax/go-sse"

	"hermod/cmd/hermod/internal/api"
	"hermod/cmd/hermod/internal/problem"
	"hermod/cmd/hermod/internal/web"
	"hermod/wire"
)

const (
	requestTimeout = 15 * time.Second
	// maxSilence is how long the stream may say nothing; it says something every 15 s.
	maxSilence = 40 * time.Second
	// maxEvent bounds one event of the stream in bytes: the figures of some hundred thousand bots.
	maxEvent             = 16 << 20
	maxBody              = 1 << 20
	firstPause, maxPause = time.Second, 15 * time.Second
)

// client uses a daemon's API. It may be used from any goroutine.
type client struct {
	base   string
	http   *http.Client
	token  wire.Secret
	socket string // the unix: URL of the daemon's socket, "" for TCP
}

// name is where the daemon is, for people.
func (c *client) name() string { return cmp.Or(c.socket, c.base) }

// eventMsg is an event of the daemon's stream, linkMsg how the connection to it is: lost with err, until the next try.
type (
	eventMsg struct {
		kind string
		data []byte
	}
	linkMsg struct {
		err  error
		wait time.Duration
	}
)

// start follows the daemon's stream on a goroutine of its own; stop ends that and waits for it.
func (c *client) start(send func(tea.Msg)) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		c.follow(ctx, send)
	}()
	return func() {
		cancel()
		<-done
	}
}

// follow reads the stream again and again, with pauses that grow while nothing comes.
func (c *client) follow(ctx context.Context, send func(tea.Msg)) {
	pause := firstPause
	for ctx.Err() == nil {
		err := c.read(ctx, func(m tea.Msg) {
			pause = firstPause
			send(m)
		})
		if ctx.Err() != nil {
			return
		}
		wait := pause*3/4 + rand.N(pause/2)
		send(linkMsg{err: err, wait: wait})
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
		}
		pause = min(maxPause, 2*pause)
	}
}

// read reads one stream to its end, which is an error.
func (c *client) read(ctx context.Context, send func(tea.Msg)) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	alarm := time.AfterFunc(maxSilence, func() { cancel(errors.New("the daemon sent nothing for too long")) })
	defer alarm.Stop()
	body, err := c.request(ctx, http.MethodGet, "/v1/events")
	if err != nil {
		return err
	}
	defer func() { _ = body.Close() }()
	send(linkMsg{})
	heard := &hearing{Reader: body, alarm: alarm}
	for event, err := range sse.Read(heard, &sse.ReadConfig{MaxEventSize: maxEvent}) {
		if err != nil {
			return fmt.Errorf("read the daemon's events: %w", errors.Join(context.Cause(ctx), err))
		}
		send(eventMsg{kind: event.Type, data: []byte(event.Data)})
	}
	return errors.New("the daemon ended the stream of events")
}

// hearing puts off an alarm whenever something is read.
type hearing struct {
	io.Reader
	alarm *time.Timer
}

func (h *hearing) Read(p []byte) (int, error) {
	n, err := h.Reader.Read(p)
	if n > 0 {
		h.alarm.Reset(maxSilence)
	}
	return n, err
}

// request returns the body of an answer, which the caller closes. The error is a *problem.Problem if the daemon gave
// one.
func (c *client) request(ctx context.Context, method, path string) (io.ReadCloser, error) {
	r, err := http.NewRequestWithContext(ctx, method, c.base+path, nil)
	if err != nil {
		return nil, err
	}
	if c.token != "" {
		r.Header.Set("Authorization", "Bearer "+c.token.Reveal())
	}
	answer, err := c.http.Do(r)
	if err != nil {
		return nil, web.WithoutURL(err)
	}
	if answer.StatusCode/100 == 2 {
		return answer.Body, nil
	}
	defer func() { _ = answer.Body.Close() }()
	told := &problem.Problem{Status: answer.StatusCode, Title: answer.Status}
	if body, err := io.ReadAll(io.LimitReader(answer.Body, maxBody)); err == nil {
		_ = json.Unmarshal(body, told) // a proxy answers with anything
	}
	return nil, told
}

// ask makes a short request and decodes the answer.
func (c *client) ask(method, path string, into any) error {
	ctx, cancel := context.WithTimeout(context.Background(), requestTimeout)
	defer cancel()
	body, err := c.request(ctx, method, path)
	if err != nil {
		return err
	}
	defer func() { _ = body.Close() }()
	content, err := io.ReadAll(io.LimitReader(body, maxBody))
	if err != nil {
		return err
	}
	return json.Unmarshal(content, into)
}

// show returns a bot with its counters of this moment.
func (c *client) show(bot string) (b api.Bot, err error) {
	err = c.ask(http.MethodGet, "/v1/bots/"+url.PathEscape(bot), &b)
	return b, err
}

// order has the daemon do something with a bot.
func (c *client) order(bot, action string) error {
	var answer struct {
		Asleep bool `json:"asleep"`
	}
	err := c.ask(http.MethodPost, "/v1/bots/"+url.PathEscape(bot)+"/"+action, &answer)
	if err == nil && action == "sleep" && !answer.Asleep {
		return errors.New("the connector did not confirm it; the bot stays connected")
	}
	return err
}
