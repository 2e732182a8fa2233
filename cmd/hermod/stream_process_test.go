package main

import (
	"bufio"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	json "github.com/goccy/go-json"

	"hermod/connector"
)

// address is where the daemon's server listens, as its log says.
func (d *daemonProcess) address() string {
	d.t.Helper()
	d.await("msg=serving")
	return "http://" + regexp.MustCompile(`address=(\S+)`).FindStringSubmatch(d.logged.String())[1]
}

// readStreamed reads one record of the bot's stream.
func readStreamed(t *testing.T, base string) (id, text string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, base+"/v1/bots/a/events", nil)
	must(t, err)
	request.Header.Set("Accept", "application/x-ndjson")
	response, err := http.DefaultClient.Do(request)
	must(t, err)
	defer func() { _ = response.Body.Close() }()
	line, err := bufio.NewReader(response.Body).ReadBytes('\n')
	must(t, err)
	var record struct {
		ID    string
		Event struct{ Text string }
	}
	must(t, json.Unmarshal(line, &record))
	return record.ID, record.Event.Text
}

func TestAKillLosesNothingThatAStreamHeld(t *testing.T) {
	c := serve(t, func(cfg *connector.Config) { cfg.Window = 1 })
	_, err := c.Inject("g1", []byte(`{"text":"hi","source":{"platform":"discord","chat_id":"c1"}}`))
	must(t, err)
	path := filepath.Join(t.TempDir(), "hermod.yaml")
	must(t, os.WriteFile(path, fmt.Appendf(nil, "bots: [{name: a, url: '%s', gateway_id: g1, secret: {env: S}, identities: [{platform: discord}], deliver: {stream: {}}}]\n", c.URL()), 0o600))
	d := startDaemon(t, []string{"S=" + gatewaySecret.Reveal()}, "--config", path)
	before, text := readStreamed(t, d.address())
	d.signal(syscall.SIGKILL)
	_ = d.cmd.Wait()
	d = startDaemon(t, []string{"S=" + gatewaySecret.Reveal()}, "--config", path)
	base := d.address()
	after, again := readStreamed(t, base)
	if text != "hi" || again != "hi" || before != after {
		t.Errorf("%s %q came again as %s %q", before, text, after, again)
	}
	response, err := http.Post(base+"/v1/bots/a/acks", "application/json", strings.NewReader(`{"ids":["`+after+`"]}`))
	must(t, err)
	must(t, response.Body.Close())
	for limit := time.Now().Add(patience); c.State()["g1"].Buffered > 0; {
		if time.Now().After(limit) {
			t.Fatal("the connector still keeps it")
		}
		<-time.After(time.Millisecond)
	}
}
