//go:build interop

package interop

import (
	"context"
	"errors"
	"testing"
	"time"

	"hermod/actors"
	"hermod/messages"
	"hermod/wire"
)

// relayTo spawns a relay that dials f, and closes its engine with the test.
// What it is delivered goes to the channel, revocations to the other.
func relayTo(t *testing.T, f foreign) (*actors.Relay, <-chan *actors.Inbound, <-chan actors.Fatal) {
	t.Helper()
	engine, err := actors.New(actors.EngineConfig{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := engine.Close(ctx); err != nil {
			t.Errorf("closing the engine: %v", err)
		}
	})
	delivered := make(chan *actors.Inbound, 100)
	fatal := make(chan actors.Fatal, 10)
	relay, err := engine.Spawn("bot", actors.Config{
		URL:        f.url,
		Identities: []wire.Identity{{Platform: "discord", BotID: "b1"}},
		GatewayID:  gatewayID,
		Secret:     secret,
		Backoff:    50 * time.Millisecond,
		Handlers: actors.Handlers{
			Inbound: func(_ context.Context, d *actors.Inbound) error {
				delivered <- d
				return nil
			},
			Fatal: func(_ context.Context, f actors.Fatal) { fatal <- f },
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	f.awaitDial(t)
	if _, err := relay.Handshake(deadline(t)); err != nil {
		t.Fatalf("handshake: %v", err)
	}
	return relay, delivered, fatal
}

// deadline is a context that ends with the test's patience.
func deadline(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}

// await takes the next value of a channel.
func await[T any](t *testing.T, what string, from <-chan T) T {
	t.Helper()
	select {
	case v := <-from:
		return v
	case <-time.After(patience):
		t.Fatalf("no %s within %v", what, patience)
		panic("unreachable")
	}
}

func TestEngineReadsAForeignDescriptor(t *testing.T) {
	each(t, func(t *testing.T, l language) {
		f := startForeign(t, l)
		relay, _, _ := relayTo(t, f)
		if hello := f.awaitFrame("hello"); hello["platform"] != "discord" || hello["botId"] != "b1" {
			t.Errorf("hello: %v", hello)
		}
		d := relay.Descriptor("discord")
		if d == nil || d.MaxMessageLength != 2000 || d.LenUnit != "utf16" || !d.SupportsOp("edit") {
			t.Errorf("descriptor: %+v", d)
		}
	})
}

func TestEngineGetsAForeignResult(t *testing.T) {
	each(t, func(t *testing.T, l language) {
		f := startForeign(t, l)
		relay, _, _ := relayTo(t, f)
		result, err := relay.Send(deadline(t), wire.NewSend("c1", "grüße 🔌"))
		if err != nil || !result.Success || result.MessageID != l.name+"-1" {
			t.Errorf("result: %+v, %v", result, err)
		}
		if got := f.awaitFrame("outbound").at("action", "content"); got != "grüße 🔌" {
			t.Errorf("content: %v", got)
		}
		if err := relay.Interrupt(deadline(t), "agent:main:discord:dm:c1", nil); err != nil {
			t.Fatal(err)
		}
		if got := f.awaitFrame("interrupt")["session_key"]; got != "agent:main:discord:dm:c1" {
			t.Errorf("session key: %v", got)
		}
	})
}

func TestEngineAcknowledgesEveryShapeOfMessage(t *testing.T) {
	each(t, func(t *testing.T, l language) {
		f := startForeign(t, l)
		_, delivered, _ := relayTo(t, f)
		for _, shape := range shapes {
			t.Run(shape.name, func(t *testing.T) {
				f.tell(shape.send)
				for _, want := range shape.want {
					d := await(t, "delivery", delivered)
					if d.Event.MessageID != want || d.Event.Text != want+" 🔌" {
						t.Errorf("delivered %q %q, want %q", d.Event.MessageID, d.Event.Text, want)
					}
					if got := f.awaitFrame("inbound_ack")["bufferId"]; got != d.BufferID {
						t.Errorf("acknowledged %v, want %v", got, d.BufferID)
					}
				}
			})
		}
	})
}

func TestEngineAnswersAForeignPing(t *testing.T) {
	each(t, func(t *testing.T, l language) {
		f := startForeign(t, l)
		relayTo(t, f)
		f.tell(map[string]any{"do": "ping"})
		f.await("event", "pong")
	})
}

func TestEngineDialsAgainAfterAForeignClose(t *testing.T) {
	each(t, func(t *testing.T, l language) {
		f := startForeign(t, l)
		relay, _, _ := relayTo(t, f)
		for i, end := range []map[string]any{
			{"do": "close", "code": wire.CloseRestart, "reason": "restart"},
			{"do": "close", "code": wire.CloseUnauthorized, "reason": "expired"},
			{"do": "terminate"},
		} {
			f.tell(end)
			f.awaitDial(t)
			f.awaitFrame("hello")
			eventually(t, "the next handshake", func() bool {
				s := relay.Status()
				return s.State == messages.Ready && s.Handshakes == uint64(i)+2
			})
		}
	})
}

func TestEngineIsDisabledByAForeignRevocation(t *testing.T) {
	each(t, func(t *testing.T, l language) {
		f := startForeign(t, l)
		relay, _, fatal := relayTo(t, f)
		f.close(wire.CloseUnauthorized, "unauthorized")
		if got := await(t, "revocation", fatal); got.Code != "relay_disabled" {
			t.Errorf("fatal: %+v", got)
		}
		s := relay.Status()
		if s.State != messages.Disabled || s.CloseCode != wire.CloseUnauthorized || s.CloseReason != "unauthorized" {
			t.Errorf("status: %+v", s)
		}
		result, err := relay.Send(deadline(t), wire.NewSend("c1", "anyone?"))
		if !errors.Is(err, actors.ErrNotConnected) || result.Success || result.Ambiguous {
			t.Errorf("send: %+v, %v", result, err)
		}
	})
}

func TestEngineGoesIdleAndClosesInOrder(t *testing.T) {
	each(t, func(t *testing.T, l language) {
		f := startForeign(t, l)
		relay, _, _ := relayTo(t, f)
		if !relay.GoIdle(deadline(t), patience) {
			t.Error("going idle was not acknowledged")
		}
		if err := relay.Close(deadline(t)); err != nil {
			t.Errorf("close: %v", err)
		}
		if closed := f.await("event", "closed"); closed["code"] != float64(wire.CloseNormal) {
			t.Errorf("the connector saw %v", closed)
		}
		if got := relay.Status().State; got != messages.Closed {
			t.Errorf("state %v", got)
		}
	})
}
