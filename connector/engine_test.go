package connector_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	json "github.com/goccy/go-json"

	"hermod/actors"
	"hermod/connector"
	"hermod/wire"
)

// relay dials the connector with an engine of its own until the test ends.
func relay(t *testing.T, c *connector.Connector, handlers actors.Handlers) *actors.Relay {
	t.Helper()
	engine, err := actors.New(actors.EngineConfig{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		_ = engine.Close(ctx)
	})
	r, err := engine.Spawn("bot", actors.Config{URL: c.URL(), Dial: dialAny, Handlers: handlers,
		Identities: []wire.Identity{{Platform: "discord", BotID: "b1"}}})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestTheEngineShowsThatItTakesLargeMessagesAndAcknowledgesPassthroughs(t *testing.T) {
	c := start(t, connector.Config{})
	large := injectSized(t, c, 4<<20)
	d, err := c.Passthrough("", json.RawMessage(`{"platform":"discord"}`))
	if err != nil {
		t.Fatal(err)
	}
	events, forwards, taken := make(chan string, 1), make(chan string, 1), make(chan struct{})
	relay(t, c, actors.Handlers{
		Inbound: func(_ context.Context, in *actors.Inbound) error { events <- in.BufferID; return nil },
		Passthrough: func(_ context.Context, p *actors.Passthrough) error {
			forwards <- p.BufferID
			<-taken
			return nil
		},
	})
	if id := <-events; id != large {
		t.Errorf("got %q, want %q", id, large)
	}
	if id := <-forwards; id != d.BufferID {
		t.Errorf("got %q, want %q", id, d.BufferID)
	}
	if s := c.State()[connector.DefaultGateway]; s.Buffered == 0 || s.SetAside != 0 {
		t.Errorf("while the command is handled: %+v", s)
	}
	close(taken)
	eventually(t, c, connector.DefaultGateway, buffered(0))
}

func TestTheEngineIsBackWithinSecondsPastItsHalfOpenSocket(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := start(t, connector.Config{Listener: listenInMemory()})
		greet(t, c, "") // what is left of the engine's connection before: nobody is there any more
		begun := time.Now()
		r := relay(t, c, actors.Handlers{Inbound: func(context.Context, *actors.Inbound) error { return nil }})
		if _, err := r.Handshake(t.Context()); err != nil {
			t.Fatal(err)
		}
		took := time.Since(begun)
		t.Logf("back after %v", took)
		if took > 5*time.Second {
			t.Errorf("it was back after %v", took)
		}
	})
}
