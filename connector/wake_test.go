package connector_test

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"hermod/connector"
	"hermod/wire"
)

// lockedBuffer collects what several goroutines log.
type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *lockedBuffer) bytes() []byte {
	b.mu.Lock()
	defer b.mu.Unlock()
	return bytes.Clone(b.buf.Bytes())
}

func (b *lockedBuffer) logger() *slog.Logger {
	return slog.New(slog.NewTextHandler(b, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// wakeServer answers pokes with the status and counts them.
func wakeServer(t *testing.T, status int) (url string, pokes chan string) {
	t.Helper()
	pokes = make(chan string, 16)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		pokes <- r.Method + " " + r.URL.Path + " " + string(body)
		w.WriteHeader(status)
	}))
	t.Cleanup(server.Close)
	return server.URL + "/wake", pokes
}

func TestFirstBufferedDeliveryPokesAGatewayThatIsAwayOncePerSleep(t *testing.T) {
	url, pokes := wakeServer(t, http.StatusAccepted)
	c := start(t, connector.Config{WakeURLs: map[string]string{connector.DefaultGateway: url}})
	var ids []string
	for sleep := range 2 {
		ids = append(ids, injectBuffered(t, c, "a"), injectBuffered(t, c, "b"))
		if poke := <-pokes; poke != "POST /wake {}" {
			t.Fatalf("poked with %q", poke)
		}
		g := greet(t, c, "")
		for _, id := range ids[2*sleep:] {
			g.next()
			g.ack(id)
		}
		eventually(t, c, connector.DefaultGateway, func(s connector.GatewayState) bool { return s.Buffered == 0 })
		inject(t, c, "live")
		g.send(wire.AppendGoingIdle(nil))
		g.expect("inbound")
		g.expect("going_idle_ack")
		g.leave()
		eventually(t, c, connector.DefaultGateway, func(s connector.GatewayState) bool { return !s.Connected })
	}
	if len(pokes) != 0 {
		t.Fatalf("%d pokes too many", len(pokes))
	}
}

func TestWakeReportsWhatTheURLAnswered(t *testing.T) {
	fine, pokes := wakeServer(t, http.StatusNoContent)
	broken, _ := wakeServer(t, http.StatusInternalServerError)
	moved := httptest.NewServer(http.RedirectHandler(fine, http.StatusTemporaryRedirect))
	t.Cleanup(moved.Close)
	cfg := withGateways()
	cfg.WakeURLs = map[string]string{"g1": fine, "g2": broken, "team:bot": moved.URL}
	c := start(t, cfg)
	if err := c.Wake(t.Context(), "g1"); err != nil || len(pokes) != 1 {
		t.Fatalf("waking: %v, %d pokes", err, len(pokes))
	}
	for id, want := range map[string]error{
		"g2": connector.ErrWakeFailed, "team:bot": connector.ErrWakeFailed, "g9": connector.ErrUnknownGateway, "": connector.ErrGatewayNeeded,
	} {
		if err := c.Wake(t.Context(), id); !errors.Is(err, want) {
			t.Errorf("waking %q: %v, want %v", id, err, want)
		}
	}
	if len(pokes) != 1 {
		t.Fatal("a redirect was followed")
	}
}

func TestGatewayThatLeavesSomethingUnacknowledgedIsPoked(t *testing.T) {
	url, pokes := wakeServer(t, http.StatusOK)
	c := start(t, connector.Config{BufferAll: true, WakeURLs: map[string]string{connector.DefaultGateway: url}})
	g := greet(t, c, "")
	injectBuffered(t, c, "a")
	g.expectEvent("a")
	g.leave()
	<-pokes
}

func TestWakeThatFailsDoesNotShowTheURL(t *testing.T) {
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	c := start(t, connector.Config{WakeURLs: map[string]string{connector.DefaultGateway: closed.URL + "/wake?key=canary"}})
	if err := c.Wake(t.Context(), ""); !errors.Is(err, connector.ErrWakeFailed) || strings.Contains(err.Error(), "canary") {
		t.Fatal(err)
	}
}
