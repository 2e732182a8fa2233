package connector_test

import (
	"testing"
	"testing/synctest"
	"time"

	"hermod/connector"
	"hermod/wire"
)

func TestASilentSessionGivesItsPlaceToTheNextWithinSeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := start(t, connector.Config{Listener: listenInMemory()})
		old := greet(t, c, "") // answers nothing more
		waits := injectBuffered(t, c, "waits")
		begun := time.Now()
		g := greet(t, c, "")
		if took := time.Since(begun); took > 4*time.Second {
			t.Errorf("the newcomer waited for %v", took)
		}
		if id := g.expectEvent("waits"); id != waits {
			t.Errorf("bufferId %q, want %q", id, waits)
		}
		old.expectEvent("waits")
		if _, err := old.read(); err != nil { // the ping that asked it
			t.Fatal(err)
		}
		old.expectClose(wire.CloseReplaced, "replaced by a newer session")
	})
}

func TestASilentSessionThatTakesNothingGivesItsPlaceToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := start(t, connector.Config{Listener: listenInMemory()})
		greet(t, c, "") // reads nothing more
		for i := range 12 {
			if _, err := c.Inject("", bigEvent(i)); err != nil {
				t.Fatal(err)
			}
		}
		begun := time.Now()
		g := greet(t, c, "")
		if took := time.Since(begun); took > 5*time.Second {
			t.Errorf("the newcomer waited for %v", took)
		}
		for range 12 {
			g.ack(g.expect("inbound").BufferID)
		}
		eventually(t, c, connector.DefaultGateway, buffered(0))
	})
}

func TestOfTwoDialsBehindADeadSessionOneTakesItsPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := start(t, connector.Config{Listener: listenInMemory()})
		greet(t, c, "")
		type outcome struct {
			g   *client
			err string
		}
		outcomes := make(chan outcome)
		for range 2 {
			g := dial(t, c, "")
			go func() {
				g.send(wire.AppendHello(nil, wire.Hello{Platform: "discord", BotID: "b1"}))
				f, err := g.next()
				if err != nil {
					t.Error(err)
				}
				outcomes <- outcome{g, string(f.Payload)}
				_, _ = g.next() // whoever lives answers pings
			}()
		}
		var answers []string
		for range 2 {
			o := <-outcomes
			answers = append(answers, o.err)
			t.Cleanup(o.g.leave)
		}
		refused := 0
		for _, a := range answers {
			if len(a) > 2 && a[2:] == "duplicate session" {
				refused++
			}
		}
		if refused != 1 || !c.State()[connector.DefaultGateway].Connected {
			t.Errorf("the two were answered %q", answers)
		}
	})
}

func TestALiveSessionKeepsItsPlaceOverRealSockets(t *testing.T) {
	c := start(t, connector.Config{})
	g := greet(t, c, "")
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, _ = g.next() // answers the ping
	}()
	dial(t, c, "").expectClose(wire.ClosePolicy, "duplicate session")
	g.leave()
	<-done
}

func TestAGatewayReturnsPastItsFrozenSessionOverRealSockets(t *testing.T) {
	c := start(t, connector.Config{})
	connector.SetSilence(c, 100*time.Millisecond)
	greet(t, c, "") // answers nothing more
	id := injectBuffered(t, c, "waits")
	g := greet(t, c, "")
	if got := g.expectEvent("waits"); got != id {
		t.Fatalf("bufferId %q, want %q", got, id)
	}
}

func TestNewcomersBeyondTheBoundAreRefusedAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := start(t, connector.Config{Listener: listenInMemory()})
		greet(t, c, "") // answers nothing
		for range 8 {
			dial(t, c, "")
		}
		synctest.Wait()
		begun := time.Now()
		dial(t, c, "").expectClose(wire.ClosePolicy, "duplicate session")
		if took := time.Since(begun); took > 0 {
			t.Errorf("it waited for %v", took)
		}
	})
}
