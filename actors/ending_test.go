package actors_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"hermod/actors"
	"hermod/wire"
	"hermod/wire/wiretest"
)

func TestARelayThatEndsByItselfHasEndedAndKeepsItsNameUntilClose(t *testing.T) {
	for state, code := range map[actors.State]int{
		actors.Disabled: wire.CloseUnauthorized, actors.Failed: wire.CloseGoingAway} {
		t.Run(string(state), func(t *testing.T) {
			inBubble(t, func(w *world) {
				changes := w.relay.Watch(background)
				conn := w.ready()
				if closed(w.relay.Ended()) {
					t.Error("ended before its end")
				}
				_ = conn.CloseWith(code, "")
				<-w.relay.Ended()
				w.wantState(state)
				var last actors.State
				for s := range changes {
					last = s.State
				}
				var ended *actors.EndedError
				if _, err := w.relay.Handshake(background); !errors.As(err, &ended) || ended.State != state || last != state {
					t.Errorf("handshake: %v, last state told: %s", err, last)
				}
				if _, err := w.engine.Spawn("bot", w.config()); !errors.Is(err, actors.ErrNameTaken) {
					t.Errorf("spawned under its name: %v", err)
				}
				time.Sleep(time.Hour)
				if dials := w.srv.Dials(); dials != 1 || closed(w.relay.Done()) {
					t.Errorf("%d dials, done: %v", dials, closed(w.relay.Done()))
				}
				if err := w.relay.Close(background); err != nil || !closed(w.relay.Done()) {
					t.Errorf("closed with %v, done: %v", err, closed(w.relay.Done()))
				}
				w.wantState(state)
				w.relay = w.spawn("bot")
			}, func(c *actors.Config) { c.NoReconnect = true })
		})
	}
}

func TestARelayThatIsClosedHasEndedWhenItIsClosed(t *testing.T) {
	inBubble(t, func(w *world) {
		conn := w.ready()
		w.send(background, "holds the drain")
		conn.Expect(wire.KindOutbound)
		done := make(chan error, 1)
		go func() { done <- w.relay.Close(background) }()
		if closed(w.relay.Ended()) {
			t.Error("ended while it drains")
		}
		<-w.relay.Ended()
		if s := w.relay.Status(); s.State != actors.Closed {
			t.Errorf("state is %s", s.State)
		}
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

func TestARelayThatHasEndedLetsGoOfAHold(t *testing.T) {
	inBubble(t, func(w *world) {
		conn := w.ready()
		w.relay.HoldRedial()
		changes := w.relay.Watch(background)
		_ = conn.CloseWith(wire.CloseUnauthorized, "")
		var last actors.Status
		for s := range changes {
			last = s
		}
		if last.State != actors.Disabled || last.Held {
			t.Errorf("the last status is %s, held: %v", last.State, last.Held)
		}
	})
}

func TestADescriptorIsKnownAfterTheEndAndIsTheCallers(t *testing.T) {
	for name, end := range map[string]func(*world, *wiretest.Conn){
		"ready":    func(*world, *wiretest.Conn) {},
		"closed":   func(w *world, _ *wiretest.Conn) { _ = w.relay.Close(background) },
		"disabled": func(_ *world, conn *wiretest.Conn) { _ = conn.CloseWith(wire.CloseUnauthorized, "") },
		"disabled, then closed": func(w *world, conn *wiretest.Conn) {
			_ = conn.CloseWith(wire.CloseUnauthorized, "")
			_ = w.relay.Close(background)
		},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(w *world) {
				conn := w.srv.Accept()
				descriptors := []*wire.Descriptor{wiretest.Descriptor("discord"), wiretest.Descriptor("telegram")}
				for i := range descriptors {
					descriptors[i].SupportedOps = []string{wire.OpSend}
				}
				conn.Handshake(descriptors...)
				given, err := w.relay.Handshake(background)
				if err != nil {
					t.Fatal(err)
				}
				given.Label, given.SupportedOps[0] = "spoiled", "spoiled"
				synctest.Wait()
				end(w, conn)
				synctest.Wait()
				for platform, want := range map[string]string{"": "discord", "discord": "discord", "telegram": "telegram"} {
					for range 2 {
						d := w.relay.Descriptor(platform)
						if d == nil || d.Platform != want || d.Label == "spoiled" || d.SupportedOps[0] == "spoiled" {
							t.Fatalf("the descriptor of %q is %+v", platform, d)
						}
						d.Label, d.SupportedOps[0] = "spoiled", "spoiled"
					}
				}
				if d := w.relay.Descriptor("matrix"); d != nil {
					t.Errorf("the descriptor of a platform that nobody named is %+v", d)
				}
			}, func(c *actors.Config) {
				c.Identities = []wire.Identity{{Platform: "discord"}, {Platform: "telegram"}}
			})
		})
	}
}
