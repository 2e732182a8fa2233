package connector_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	json "github.com/goccy/go-json"

	"hermod/connector"
	"hermod/wire"
)

func TestALiveDeliveryCarriesNoBufferID(t *testing.T) {
	c := start(t, connector.Config{Live: true})
	g := greet(t, c, "")
	if d := inject(t, c, "now"); !d.Live || d.BufferID != "" {
		t.Fatalf("delivered %+v, want live", d)
	}
	if id := g.expectEvent("now"); id != "" {
		t.Fatalf("a live event carries bufferId %q", id)
	}
}

func TestDeliveryBeforeHelloIsBuffered(t *testing.T) {
	c := start(t, connector.Config{})
	g := dial(t, c, "")
	want := injectBuffered(t, c, "early")
	g.hello("discord", "b1")
	if id := g.expectEvent("early"); id != want {
		t.Fatalf("bufferId %q, want %q", id, want)
	}
}

func TestBufferedDeliveriesDrainInOrderOneAtATime(t *testing.T) {
	c := start(t, connector.Config{Live: true, Window: 1})
	var want []string
	for i := range 5 {
		want = append(want, injectBuffered(t, c, fmt.Sprint(i)))
	}
	g := greet(t, c, "")
	for i, id := range want {
		if got := g.expectEvent(fmt.Sprint(i)); got != id {
			t.Fatalf("entry %d has bufferId %q, want %q", i, got, id)
		}
		g.expectSilence()
		g.ack(id)
	}
	eventually(t, c, connector.DefaultGateway, func(s connector.GatewayState) bool { return s.Buffered == 0 })
	if d := inject(t, c, "after"); !d.Live {
		t.Fatal("a delivery after the drain was not live")
	}
}

func TestDeliveryWaitsBehindABacklogThoughTheGatewayIsReady(t *testing.T) {
	c := start(t, connector.Config{Live: true, Window: 1})
	first := injectBuffered(t, c, "first")
	g := greet(t, c, "")
	g.expectEvent("first")
	second := injectBuffered(t, c, "second")
	g.expectSilence()
	g.ack(first)
	if id := g.expectEvent("second"); id != second {
		t.Fatalf("bufferId %q, want %q", id, second)
	}
}

func TestUnacknowledgedEntriesReplayWithTheSameBufferIDAtTheNextHandshake(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := start(t, connector.Config{Listener: listenInMemory()})
		a, b := injectBuffered(t, c, "a"), injectBuffered(t, c, "b")
		g := greet(t, c, "")
		g.expectEvent("a")
		g.ack(a)
		g.expectEvent("b")
		g.leave()

		g = greet(t, c, "")
		if id := g.expectEvent("b"); id != b {
			t.Fatalf("replayed with bufferId %q, want %q", id, b)
		}
	})
}

func TestUnknownAndRepeatedAcksAreIgnored(t *testing.T) {
	c := start(t, connector.Config{Window: 1})
	a, b := injectBuffered(t, c, "a"), injectBuffered(t, c, "b")
	g := greet(t, c, "")
	g.expectEvent("a")
	for _, stray := range []string{"", "nonsense", b, a + "0", "00000000-1"} {
		g.ack(stray)
	}
	g.expectSilence()
	g.ack(a)
	g.ack(a)
	if id := g.expectEvent("b"); id != b {
		t.Fatalf("bufferId %q, want %q", id, b)
	}
	g.ack(a)
	g.expectSilence()
	if n := c.State()[connector.DefaultGateway].Buffered; n != 1 {
		t.Fatalf("%d entries are buffered, want 1", n)
	}
}

func TestGoingIdleStopsDeliveriesBeforeItsAck(t *testing.T) {
	c := start(t, connector.Config{Live: true})
	g := greet(t, c, "")
	var injectors sync.WaitGroup
	const n = 200
	injectors.Go(func() {
		for i := range n {
			if _, err := c.Inject("", event(fmt.Sprint(i))); err != nil {
				t.Errorf("injecting: %v", err)
			}
		}
	})
	g.send(wire.AppendGoingIdle(nil))
	live := 0
	for {
		f, err := g.next()
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(f.Payload), "going_idle_ack") {
			break
		}
		live++
	}
	injectors.Wait()
	g.expectSilence()
	if s := c.State()[connector.DefaultGateway]; !s.Idle || s.Buffered != n-live {
		t.Fatalf("after %d live events of %d the state is %+v", live, n, s)
	}
	injectBuffered(t, c, "asleep")
}

func TestIdlenessEndsWithTheNextHandshakeAndTheBacklogDrains(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := start(t, connector.Config{Listener: listenInMemory()})
		g := greet(t, c, "")
		g.send(wire.AppendGoingIdle(nil))
		g.expect("going_idle_ack")
		g.leave()
		id := injectBuffered(t, c, "while asleep")
		if s := c.State()[connector.DefaultGateway]; !s.Idle {
			t.Fatalf("state %+v, want idle", s)
		}
		g = greet(t, c, "")
		g.expectEvent("while asleep")
		g.ack(id)
		eventually(t, c, connector.DefaultGateway, func(s connector.GatewayState) bool { return s.Buffered == 0 && !s.Idle })
	})
}

func TestHelloOnAnIdleSessionWakesItAndDoesNotRepeatWhatIsInFlight(t *testing.T) {
	c := start(t, connector.Config{Window: 1})
	a, b := injectBuffered(t, c, "a"), injectBuffered(t, c, "b")
	g := greet(t, c, "")
	g.expectEvent("a")
	g.send(wire.AppendGoingIdle(nil))
	g.expect("going_idle_ack")
	g.ack(a)
	g.expectSilence()
	g.hello("discord", "b1")
	if id := g.expectEvent("b"); id != b {
		t.Fatalf("bufferId %q, want %q", id, b)
	}
}

func TestPassthroughIsDeliveredLikeAnEvent(t *testing.T) {
	c := start(t, connector.Config{Live: true})
	forward := json.RawMessage(`{"platform":"discord","method":"POST","path":"/x","bodyB64":"e30="}`)
	d, err := c.Passthrough("", forward)
	if err != nil || d.Live {
		t.Fatalf("delivered %+v, %v, want buffered", d, err)
	}
	g := greet(t, c, "")
	m := g.expect("passthrough_forward")
	if m.BufferID != d.BufferID || string(m.Forward) != string(forward) {
		t.Fatalf("got %s as %q", m.Forward, m.BufferID)
	}
	g.ack(d.BufferID)
	eventually(t, c, connector.DefaultGateway, func(s connector.GatewayState) bool { return s.Buffered == 0 })
	if d, err = c.Passthrough("", forward); err != nil || !d.Live {
		t.Fatalf("delivered %+v, %v, want live", d, err)
	}
	if m = g.expect("passthrough_forward"); m.BufferID != "" {
		t.Fatalf("a live forward carries bufferId %q", m.BufferID)
	}
}

func TestEveryDeliveryIsAcknowledgedWithinTheWindow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := start(t, connector.Config{Listener: listenInMemory(), Window: 3})
		g := greet(t, c, "")
		var ids []string
		for i := range 6 {
			ids = append(ids, injectBuffered(t, c, fmt.Sprint(i)))
		}
		for i := range 3 {
			g.expectEvent(fmt.Sprint(i))
		}
		g.expectSilence()
		g.ack(ids[1]) // out of order: the window has room for one more
		g.expectEvent("3")
		g.expectSilence()
		g.leave()

		g = greet(t, c, "")
		for _, i := range []int{0, 2, 3} {
			if id := g.expectEvent(fmt.Sprint(i)); id != ids[i] {
				t.Fatalf("entry %d replayed as %q, want %q", i, id, ids[i])
			}
		}
	})
}

func TestMultiLinePayloadTravelsOnOneLine(t *testing.T) {
	c := start(t, connector.Config{})
	g := greet(t, c, "")
	if _, err := c.Inject("", json.RawMessage("\n{\n \"text\": \"a\\nb\\u2028\",\r\n \"n\": 1.50\n}\n")); err != nil {
		t.Fatal(err)
	}
	if m := g.expect("inbound"); string(m.Event) != `{"text":"a\nb\u2028","n":1.50}` {
		t.Fatalf("got %s", m.Event)
	}
}

func TestInjectRefusesWhatIsNoObject(t *testing.T) {
	c := start(t, connector.Config{})
	for _, raw := range []string{"", " ", "null", "5", `"x"`, "[]", "{", `{"a":}`, `{} {}`, "{}x", "{\"a\":\"\xff\"}"} {
		if _, err := c.Inject("", json.RawMessage(raw)); !errors.Is(err, connector.ErrNotObject) {
			t.Errorf("Inject(%q) = %v, want ErrNotObject", raw, err)
		}
	}
	big := json.RawMessage(`{"text":"` + strings.Repeat("x", connector.MaxPayload) + `"}`)
	var tooLarge *wire.FrameTooLargeError
	if _, err := c.Inject("", big); !errors.As(err, &tooLarge) {
		t.Errorf("Inject of %d bytes = %v, want *wire.FrameTooLargeError", len(big), err)
	}
}

func TestBufferIsBoundedInEntriesAndBytes(t *testing.T) {
	for _, cfg := range []connector.Config{{MaxBuffered: 3}, {MaxBufferedBytes: 3*len(event("x")) + 1}} {
		cfg.Window = 1
		c := start(t, cfg)
		var first string
		for i := range 3 {
			if id := injectBuffered(t, c, "x"); i == 0 {
				first = id
			}
		}
		if _, err := c.Inject("", event("x")); !errors.Is(err, connector.ErrBufferFull) {
			t.Fatalf("the fourth entry: %v, want ErrBufferFull", err)
		}
		g := greet(t, c, "")
		g.expectEvent("x")
		g.ack(first)
		g.expectEvent("x")
		injectBuffered(t, c, "x")
	}
}
