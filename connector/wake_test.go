package connector_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

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
	pokes = make(chan string, 64)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		pokes <- r.Method + " " + r.URL.Path + " " + string(body)
		w.WriteHeader(status)
	}))
	t.Cleanup(server.Close)
	return server.URL + "/wake", pokes
}

func TestFirstBufferedDeliveryPokesAGatewayThatIsAway(t *testing.T) {
	url, pokes := wakeServer(t, http.StatusAccepted)
	c := start(t, connector.Config{Live: true, WakeCooldown: time.Millisecond,
		WakeURLs: map[string]string{connector.DefaultGateway: url}})
	var ids []string
	for sleep := range 2 {
		ids = append(ids, injectBuffered(t, c, "a"), injectBuffered(t, c, "b"))
		if poke := <-pokes; poke != "GET /wake " {
			t.Fatalf("poked with %q", poke)
		}
		g := greet(t, c, "")
		for len(pokes) > 0 {
			<-pokes
		}
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
}

func TestAGatewayThatStaysAwayIsPokedOncePerCooldownWhateverIsAnswered(t *testing.T) {
	for _, status := range []int{http.StatusNoContent, http.StatusNotImplemented} {
		const cooldown = 20 * time.Millisecond
		url, pokes := wakeServer(t, status)
		var log lockedBuffer
		c := start(t, connector.Config{Logger: log.logger(), WakeCooldown: cooldown,
			WakeURLs: map[string]string{connector.DefaultGateway: url}})
		begun := time.Now()
		for i := range 20 {
			injectBuffered(t, c, fmt.Sprint(i))
		}
		for range 3 {
			<-pokes
		}
		if took := time.Since(begun); took < 2*cooldown {
			t.Errorf("%d: three pokes in %v", status, took)
		}
		g := greet(t, c, "")
		for range 20 {
			f, err := g.next()
			if err != nil {
				t.Fatal(err)
			}
			in, err := new(wire.Decoder).Inbound(f.Payload)
			if err != nil {
				t.Fatal(err)
			}
			g.ack(in.BufferID)
		}
		eventually(t, c, connector.DefaultGateway, func(s connector.GatewayState) bool { return s.Buffered == 0 })
		g.leave()
		stop(t, c) // waits for a poke that is under way
		if failed := bytes.Contains(log.bytes(), []byte("wake failed")); failed != (status >= 300) {
			t.Errorf("%d: the log says %s", status, log.bytes())
		}
	}
}

func TestAGatewayForWhichAnEarlierRunLeftSomethingIsPoked(t *testing.T) {
	url, pokes := wakeServer(t, http.StatusNoContent)
	cfg := connector.Config{DataDir: t.TempDir()}
	c := start(t, cfg)
	injectBuffered(t, c, "left")
	stop(t, c)
	cfg.WakeCooldown, cfg.WakeURLs = time.Millisecond, map[string]string{connector.DefaultGateway: url}
	start(t, cfg)
	<-pokes
}

func TestASignedWakeIsAPostOfAnEmptyObject(t *testing.T) {
	url, pokes := wakeServer(t, http.StatusNoContent)
	c := start(t, connector.Config{SignedWakes: true, WakeURLs: map[string]string{connector.DefaultGateway: url}})
	if err := c.Wake(t.Context(), ""); err != nil {
		t.Fatal(err)
	}
	if poke := <-pokes; poke != "POST /wake {}" {
		t.Fatalf("poked with %q", poke)
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
	c := start(t, connector.Config{WakeURLs: map[string]string{connector.DefaultGateway: url}})
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
