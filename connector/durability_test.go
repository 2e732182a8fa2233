package connector_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	json "github.com/goccy/go-json"

	"hermod/connector"
)

// drain reads, checks and acknowledges the buffered events want, in order.
func drain(t *testing.T, g *client, want []string) {
	t.Helper()
	for i, id := range want {
		if got := g.expectEvent(fmt.Sprint(i)); got != id {
			t.Fatalf("entry %d has bufferId %q, want %q", i, got, id)
		}
		g.ack(id)
	}
}

func TestBufferSurvivesARestartOfTheConnector(t *testing.T) {
	cfg := connector.Config{DataDir: t.TempDir(), Window: 1}
	c := start(t, cfg)
	var ids []string
	for i := range 5 {
		ids = append(ids, injectBuffered(t, c, fmt.Sprint(i)))
	}
	g := greet(t, c, "")
	g.expectEvent("0")
	g.ack(ids[0])
	g.expectEvent("1") // and dies unacknowledged
	g.leave()
	stop(t, c)

	c = start(t, cfg)
	if n := c.State()[connector.DefaultGateway].Buffered; n != 4 {
		t.Fatalf("%d entries survived, want 4", n)
	}
	late := injectBuffered(t, c, "5")
	g = greet(t, c, "")
	for i, id := range append(ids[1:], late) {
		if got := g.expectEvent(fmt.Sprint(i + 1)); got != id {
			t.Fatalf("entry %d has bufferId %q, want %q", i+1, got, id)
		}
		g.ack(id)
	}
	g.expectSilence()
	g.leave()
	stop(t, c)
	if n := start(t, cfg).State()[connector.DefaultGateway].Buffered; n != 0 {
		t.Fatalf("%d acknowledged entries came back", n)
	}
}

func TestBufferSurvivesACrashOfTheConnector(t *testing.T) {
	running, crashed := t.TempDir(), t.TempDir()
	c := start(t, connector.Config{DataDir: running})
	var ids []string
	for i := range 20 {
		ids = append(ids, injectBuffered(t, c, fmt.Sprint(i)))
		if i%7 != 0 {
			continue
		}
		// What is in the file the moment Inject returned is what a crash would leave.
		file, err := os.ReadFile(filepath.Join(running, "buffer.db"))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(crashed, "buffer.db"), file, 0o600); err != nil {
			t.Fatal(err)
		}
		after := start(t, connector.Config{DataDir: crashed})
		g := greet(t, after, "")
		drain(t, g, ids)
		g.leave()
		stop(t, after)
	}
}

func TestBufferIDsAreNeverGivenTwice(t *testing.T) {
	dir := t.TempDir()
	seen := make(map[string]bool)
	for _, dataDir := range []string{dir, dir, dir, t.TempDir(), ""} {
		c := start(t, connector.Config{DataDir: dataDir})
		for range 3 {
			id := injectBuffered(t, c, "x")
			if seen[id] {
				t.Fatalf("bufferId %q was given twice", id)
			}
			seen[id] = true
		}
		g := greet(t, c, "")
		for n := c.State()[connector.DefaultGateway].Buffered; n > 0; n-- {
			g.ack(g.expectEvent("x"))
		}
		g.expectSilence()
		g.leave()
		stop(t, c)
	}
}

func TestDataFolderServesOneConnectorAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		start(t, connector.Config{Listener: listenInMemory(), DataDir: dir})
		if _, err := connector.Start(connector.Config{Listener: listenInMemory(), DataDir: dir}); err == nil ||
			!strings.Contains(err.Error(), "another connector") {
			t.Fatalf("starting a second: %v", err)
		}
	})
}

func TestTemporaryDataFolderIsRemovedAtClose(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	stop(t, start(t, connector.Config{}))
	if left, err := os.ReadDir(os.TempDir()); err != nil || len(left) > 0 {
		t.Fatalf("left behind: %v, %v", left, err)
	}
}

// bigEvent is an event of about a megabyte that carries a number.
func bigEvent(n int) json.RawMessage {
	return json.RawMessage(fmt.Sprintf(`{"n":"%d","text":%q}`, n, strings.Repeat("x", 1<<20-4096)))
}

func TestLiveDeliveryWhoseWriteFailsIsBufferedInItsPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := start(t, connector.Config{Listener: listenInMemory(), Live: true})
		stuck := greet(t, c, "") // reads no more
		const n = 28
		live := 0
		for i := range n {
			d, err := c.Inject("", bigEvent(i))
			if err != nil {
				t.Fatal(err)
			}
			if d.Live {
				live++
			}
		}
		if live == 0 || live == n {
			t.Fatalf("%d of %d deliveries were live: the queue's bound was not met", live, n)
		}
		stuck.leave()

		g := greet(t, c, "")
		left := c.State()[connector.DefaultGateway].Buffered
		if left <= n-live {
			t.Fatalf("%d deliveries are buffered, %d never were live: nothing was rescued", left, n-live)
		}
		for i := n - left; i < n; i++ {
			m := g.expect("inbound")
			var e struct{ N string }
			if err := json.Unmarshal(m.Event, &e); err != nil || e.N != strconv.Itoa(i) || m.BufferID == "" {
				t.Fatalf("got event %s as %q, want %d", e.N, m.BufferID, i)
			}
			g.ack(m.BufferID)
		}
		g.expectSilence()
	})
}

func TestPeerThatTakesNothingIsDroppedAndNothingUnwrittenLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const interval = 30 * time.Second
		c := start(t, connector.Config{Listener: listenInMemory(), Live: true, PingInterval: interval})
		g := greet(t, c, "")
		_ = g.conn.SetDeadline(time.Time{})
		for i := range 12 {
			if _, err := c.Inject("", bigEvent(i)); err != nil {
				t.Fatal(err)
			}
		}
		pong := make(chan struct{})
		go func() { // alive in one direction only
			defer close(pong)
			frame := []byte{0x8a, 0x80, 0, 0, 0, 0}
			for {
				if _, err := g.conn.Write(frame); err != nil {
					return
				}
				time.Sleep(interval / 3)
			}
		}()
		time.Sleep(2*interval - time.Millisecond)
		if s := c.State()[connector.DefaultGateway]; !s.Connected {
			t.Fatalf("dropped too early: %+v", s)
		}
		time.Sleep(2 * time.Millisecond)
		synctest.Wait()
		if s := c.State()[connector.DefaultGateway]; s.Connected || s.Buffered != 12 {
			t.Fatalf("state %+v, want everything buffered and nobody connected", s)
		}
		g.leave()
		<-pong
	})
}

func TestWhatWasQueuedForARevokedSessionIsBuffered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := start(t, connector.Config{Listener: listenInMemory(), Live: true})
		greet(t, c, "") // reads no more
		live := 0
		for i := range 8 {
			if d, err := c.Inject("", bigEvent(i)); err != nil {
				t.Fatal(err)
			} else if d.Live {
				live++
			}
		}
		if err := c.Revoke(""); err != nil {
			t.Fatal(err)
		}
		if n := c.State()[connector.DefaultGateway].Buffered; n == 0 || n < 8-live {
			t.Fatalf("%d of 8 deliveries are buffered after %d were live", n, live)
		}
	})
}
