package actors

import (
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"hermod/wire"
	"hermod/wire/wiretest"
)

func TestARequestWaitsForTheReaderThatAttendsAndNoLonger(t *testing.T) {
	inEngine(t, func(t *testing.T, relay *Relay, conn *wiretest.Conn) {
		go wiretest.Serve(conn)
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
	inEngine(t, func(t *testing.T, relay *Relay, conn *wiretest.Conn) {
		go wiretest.Serve(conn)
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
