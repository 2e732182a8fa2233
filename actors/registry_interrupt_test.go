package actors

import (
	"errors"
	"testing"
	"testing/synctest"

	"github.com/asynkron/protoactor-go/actor"

	"hermod/wire/wiretest"
)

func TestInterruptsThatWaitAreBoundedAndAnsweredWhenTheirWriterIsGone(t *testing.T) {
	inEngine(t, func(t *testing.T, relay *Relay, conn *wiretest.Conn) {
		const generation, waiting = 1000, 4096
		deaf := &writerRef{generation: generation} // takes everything and answers nothing
		deaf.kind = writerOf{&connection{relay: &relay.shared}}
		deaf.pid.Store(spawnUnder(relay.tree, relay.self.Hold(), actor.PropsFromFunc(func(actor.Context) {})))
		deaf.state.Store(childThere)
		relay.registry.Tell(&linkReady{writer: deaf})
		answers := make(chan error, waiting+1)
		for range waiting {
			go func() { answers <- relay.Interrupt(t.Context(), "k", nil) }()
		}
		synctest.Wait()
		if err := relay.Interrupt(t.Context(), "k", nil); !errors.Is(err, ErrBusy) {
			t.Errorf("one more than may wait: %v", err)
		}
		if len(answers) > 0 {
			t.Errorf("answered with %v", <-answers)
		}
		relay.lost(&linkLost{generation: generation})
		for range waiting {
			if err := <-answers; !errors.Is(err, ErrSendFailed) {
				t.Fatalf("answered with %v", err)
			}
		}
	})
}
