package main

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"hermod/cmd/hermod/internal/store"
	"hermod/connector"
	"hermod/wire"
	"hermod/wire/wiretest"
)

// kill ends the daemon as a power cut would.
func (d *daemonProcess) kill() {
	d.t.Helper()
	d.signal(syscall.SIGKILL)
	_ = d.cmd.Wait()
}

// keptLetters are the dead letters in a state folder that nobody uses, by id.
func keptLetters(t *testing.T, folder string) map[string]string {
	t.Helper()
	s, err := store.Open(folder, slog.New(slog.DiscardHandler))
	must(t, err)
	defer func() { must(t, s.Close()) }()
	letters, _, err := s.List(store.Page{Letters: store.MaxLetters, Bytes: 1 << 30, Records: true})
	must(t, err)
	kept := make(map[string]string)
	for _, l := range letters {
		kept[l.ID] = string(l.Record)
	}
	return kept
}

// Whenever the daemon is killed, each event is a dead letter or still at the connector.
func TestAKillLosesNoDeliveryThatFailedForGood(t *testing.T) {
	const count = 24
	c := serve(t, func(cfg *connector.Config) { cfg.Window = 64 })
	posts := make(chan struct{}, 1000)
	refusing := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusUnprocessableEntity)
		posts <- struct{}{}
	}))
	t.Cleanup(refusing.Close)
	for i := range count {
		_, err := c.Inject("g1", fmt.Appendf(nil, `{"text":"text %d.","message_id":"m%d","source":{"platform":"discord","chat_id":"c%d"}}`, i, i, i%8))
		must(t, err)
	}
	folder := t.TempDir()
	path, state := filepath.Join(folder, "hermod.yaml"), filepath.Join(folder, "state")
	must(t, os.WriteFile(path, fmt.Appendf(nil, "state: '%s'\nbots: [{name: a, url: '%s', gateway_id: g1, secret: {env: S}, "+
		"identities: [{platform: discord}], limits: {tries: 1}, deliver: {webhook: {url: '%s', retry_for: 1ns, secret: {env: W}}}}]\n",
		state, c.URL(), refusing.URL), 0o600))
	environment := []string{"S=" + gatewaySecret.Reveal(), "W=" + signingSecret}
	for round := 0; c.State()["g1"].Buffered > 0; round++ {
		d := startDaemon(t, environment, "--config", path)
		limit := time.After(patience)
		for seen := 0; seen < 5+5*round && c.State()["g1"].Buffered > 0; {
			select {
			case <-posts:
				seen++
			case <-time.After(time.Millisecond): // those that are left may be fewer
			case <-limit:
				t.Fatalf("%d posts were made", seen)
			}
		}
		d.kill()
		if kept, buffered := len(keptLetters(t, state)), c.State()["g1"].Buffered; kept+buffered < count {
			t.Fatalf("after a kill, %d of %d events are kept and %d are at the connector", kept, count, buffered)
		}
	}
	kept := keptLetters(t, state)
	for i := range count {
		found := 0
		for _, record := range kept {
			found += strings.Count(record, fmt.Sprintf(`"text":"text %d."`, i))
		}
		if found != 1 {
			t.Errorf("event %d is in %d dead letters", i, found)
		}
	}
}

func TestAnActionThatWasUnderWayAtAKillIsNotSentAgain(t *testing.T) {
	srv := wiretest.Listen(t)
	folder := t.TempDir()
	environment := []string{"GATEWAY_RELAY_URL=" + srv.URL(), "GATEWAY_RELAY_PLATFORM=discord", "HERMOD_STATE=" + folder}
	d := startDaemon(t, environment)
	c := srv.Accept()
	c.Handshake()
	d.await("msg=ready")
	url := d.listening()
	go func() {
		if response, err := http.DefaultClient.Do(sendWithKey(url)); err == nil {
			_ = response.Body.Close()
		}
	}()
	c.Expect(wire.KindOutbound)
	d.kill()

	d = startDaemon(t, environment)
	c = srv.Accept()
	c.Handshake()
	var sent atomic.Bool
	go func() {
		for line, err := c.ReadFrame(); err == nil; line, err = c.ReadFrame() {
			if kind, _ := wire.Classify(line); kind == wire.KindOutbound {
				sent.Store(true)
			}
		}
	}()
	d.await("msg=ready")
	response, err := http.DefaultClient.Do(sendWithKey(d.listening()))
	must(t, err)
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	must(t, err)
	if response.StatusCode != http.StatusBadGateway || !strings.Contains(string(body), "outcome-unknown") ||
		!strings.Contains(string(body), `"ambiguous":true`) || sent.Load() {
		t.Errorf("sent again: %v; %d %s", sent.Load(), response.StatusCode, body)
	}
	d.kill()
}

// sendWithKey is an action of the one bot, with an idempotency key.
func sendWithKey(url string) *http.Request {
	r, _ := http.NewRequest(http.MethodPost, url+"/v1/bots/gateway/actions",
		strings.NewReader(`{"op":"send","chat_id":"c1","content":"pay"}`))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Idempotency-Key", "7f1d")
	return r
}
