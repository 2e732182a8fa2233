package actors

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"hermod/wire"
	"hermod/wire/wiretest"
)

// inAttendance runs a test with a relay that is ready.
func inAttendance(t *testing.T, test func(t *testing.T, relay *Relay)) {
	synctest.Test(t, func(t *testing.T) {
		srv := wiretest.New(t)
		srv.Handle(wiretest.Serve)
		engine, err := New(EngineConfig{})
		if err != nil {
			t.Fatal(err)
		}
		relay, err := engine.Spawn("bot", Config{URL: srv.URL(), Dial: srv.Dial,
			Identities: []wire.Identity{{Platform: "discord"}},
			Handlers:   Handlers{Inbound: func(context.Context, *Inbound) error { return nil }}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := relay.Handshake(t.Context()); err != nil {
			t.Fatal(err)
		}
		test(t, relay)
		if err := engine.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		srv.Close()
	})
}

func TestARequestWaitsForTheReaderThatAttendsAndNoLonger(t *testing.T) {
	inAttendance(t, func(t *testing.T, relay *Relay) {
		relay.attended.Store(true)
		call := relay.Start(wire.NewSend("c", "text"))
		synctest.Wait()
		if !relay.requests.waits() {
			t.Error("its caller told the registry")
		}
		relay.attend(new(yielder))
		if result, err := call.Wait(t.Context()); err != nil || !result.Success {
			t.Errorf("result is %+v, %v", result, err)
		}
		if relay.attended.Load() {
			t.Error("the reader attends for ever")
		}
	})
}

func TestNoRequestIsForgottenWhoeverWasToTellTheRegistry(t *testing.T) {
	inAttendance(t, func(t *testing.T, relay *Relay) {
		var callers, readers sync.WaitGroup
		var over atomic.Bool
		for range 2 { // as those of two connections may
			readers.Go(func() {
				for y := new(yielder); !over.Load(); {
					relay.attend(y)
				}
			})
		}
		for range 8 {
			callers.Go(func() {
				for range 50 {
					if _, err := relay.Send(t.Context(), wire.NewSend("c", "text")); err != nil {
						t.Error(err)
					}
				}
			})
		}
		callers.Wait()
		over.Store(true)
		readers.Wait()
	})
}
