package actors

import (
	"context"
	"errors"
	"net"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"hermod/messages"
	"hermod/wire"
	"hermod/wire/wiretest"
)

// counted is an actor that counts who holds it, and says which of its children have terminated.
type counted struct {
	pid   *actor.PID
	holds atomic.Int32
	gone  chan *actor.PID
	adopt *Relay // when it stops
}

func (c *counted) Hold() *actor.PID {
	c.holds.Add(1)
	return c.pid
}

func (c *counted) Release() { c.holds.Add(-1) }

func (c *counted) Receive(ctx actor.Context) {
	switch m := ctx.Message().(type) {
	case *actor.Terminated:
		c.gone <- m.Who
	case *actor.Stopping:
		c.adopt.Adopt(ctx)
	}
}

// underParent spawns a relay under an actor of the test's own, and waits until nothing moves.
func underParent(t *testing.T, test func(e *Engine, parent *counted, relay *Relay)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		srv := wiretest.New(t)
		srv.Handle(func(c *wiretest.Conn) {
			c.Handshake()
			wiretest.Serve(c)
		})
		spawned := make(chan struct{})
		dial := func(ctx context.Context, network, address string) (net.Conn, error) {
			<-spawned
			return srv.Dial(ctx, network, address)
		}
		cfg := Config{URL: srv.URL(), Dial: dial, Identities: []wire.Identity{{Platform: "discord"}},
			Handlers: Handlers{Inbound: func(context.Context, *Inbound) error { return nil }}}
		e, err := New(EngineConfig{})
		if err != nil {
			t.Fatal(err)
		}
		parent := &counted{gone: make(chan *actor.PID, 1)}
		parent.pid = e.System().Root.Spawn(actor.PropsFromProducer(func() actor.Actor { return parent }))
		relay, err := e.SpawnUnder(parent, "bot", cfg)
		if err != nil {
			t.Fatal(err)
		}
		parent.adopt = relay
		// It cannot rest before it is ready.
		if _, err := e.SpawnUnder(parent, "bot", cfg); !errors.Is(err, ErrNameTaken) {
			t.Errorf("a second relay of the same name: %v", err)
		}
		close(spawned)
		synctest.Wait()
		test(e, parent, relay)
		if err := e.Close(context.Background()); err != nil {
			t.Error(err)
		}
		srv.Close()
		time.Sleep(2 * time.Millisecond) // the framework's own goroutine after a dead letter
	})
}

func TestARelayUnderAParentHoldsItWhileItIsNotAtRest(t *testing.T) {
	underParent(t, func(e *Engine, parent *counted, relay *Relay) {
		if relay.Status().State != Ready || len(e.Relays()) != 0 {
			t.Errorf("status is %+v; the engine knows %d relays", relay.Status(), len(e.Relays()))
		}
		synctest.Wait()
		if holds := parent.holds.Load(); holds != 0 {
			t.Errorf("it is at rest, and holds its parent %d times", holds)
		}
		relay.Tell(&messages.HoldRedial{})
		synctest.Wait()
		if holds := parent.holds.Load(); holds != 1 {
			t.Errorf("it has a timer to wait for, and holds its parent %d times", holds)
		}
		if err := relay.Close(context.Background()); err != nil {
			t.Error(err)
		}
		if who := <-parent.gone; !relay.Is(who) || parent.holds.Load() != 1 {
			t.Errorf("%v has terminated; the parent is held %d times", who, parent.holds.Load())
		}
	})
}

func TestARelayAtRestStopsWithItsParent(t *testing.T) {
	underParent(t, func(e *Engine, parent *counted, relay *Relay) {
		e.System().Root.Stop(parent.pid)
		<-relay.Done()
		if state := relay.Status().State; state != Closed {
			t.Errorf("its parent has stopped, and it is %s", state)
		}
	})
}
