package actors

import (
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/asynkron/protoactor-go/actor"
)

// boxed spawns an actor with a mailbox that handles messages as receive does, and returns how to tell it some.
func boxed(t *testing.T, receive func(message any)) (tell func(any), stop func()) {
	t.Helper()
	root := newSystem(slog.New(slog.DiscardHandler)).Root
	started := make(chan struct{})
	pid := root.Spawn(actor.PropsFromFunc(func(ctx actor.Context) {
		switch m := ctx.Message().(type) {
		case *actor.Started:
			close(started)
		case *actor.Stopping, *actor.Stopped:
		default:
			receive(m)
		}
	}, gathering(new(mailbox))...))
	<-started
	return func(m any) { root.Send(pid, m) }, func() { _ = root.StopFuture(pid).Wait() }
}

// promptOne is a prompt message.
func promptOne() any { return &requestsArrived{prompt: true} }

func TestAPromptMessageIsHandledBeforeItsSenderGoesOn(t *testing.T) {
	handled := 0 // by this goroutine alone, or the race detector says so
	tell, stop := boxed(t, func(any) { handled++ })
	for i := range 1000 {
		if tell(promptOne()); handled != i+1 {
			t.Fatalf("%d of %d were handled", handled, i+1)
		}
	}
	stop()
}

func TestASenderHandlesABoundedNumberOfMessages(t *testing.T) {
	const many = 10 * promptTurn
	returned, all := make(chan struct{}), make(chan struct{})
	var tell func(any)
	handled := 0
	tell, stop := boxed(t, func(any) {
		switch handled++; {
		case handled == many:
			close(all)
		case handled < many:
			if handled > promptTurn {
				<-returned // for ever, if it is the sender who handles this
			}
			tell(promptOne())
		}
	})
	tell(promptOne())
	close(returned)
	<-all
	stop()
}

func TestAMailboxHandlesWhatComesFromAllSidesOnceAndInOrder(t *testing.T) {
	const senders, each = 4, 500
	type numbered struct{ sender, number int }
	var next [senders]int
	var atOnce atomic.Int32
	all := make(chan struct{})
	handled := 0
	tell, stop := boxed(t, func(m any) {
		if atOnce.Add(1) != 1 {
			t.Error("two messages are handled at once")
		}
		if m, ok := m.(*numbered); ok {
			if m.number != next[m.sender] {
				t.Errorf("sender %d: message %d came in the place of %d", m.sender, m.number, next[m.sender])
			}
			next[m.sender]++
			if handled++; handled == senders*each {
				close(all)
			}
		}
		atOnce.Add(-1)
	})
	var wg sync.WaitGroup
	for sender := range senders {
		wg.Go(func() {
			for i := range each {
				tell(&numbered{sender, i})
				if i%7 == sender%7 {
					tell(promptOne())
				}
			}
		})
	}
	wg.Wait()
	<-all
	stop()
}

func TestAPanicOverAPromptMessageIsTheActorsAndNotTheSenders(t *testing.T) {
	var order []string
	var mu sync.Mutex
	note := func(s string) { mu.Lock(); defer mu.Unlock(); order = append(order, s) }
	root := newSystem(slog.New(slog.DiscardHandler)).Root
	restarted := make(chan struct{})
	pid := root.Spawn(actor.PropsFromFunc(func(ctx actor.Context) {
		switch m := ctx.Message().(type) {
		case *requestsArrived:
			panic("a bug")
		case string:
			note(m)
		case *actor.Restarting:
			note("restarted")
			close(restarted)
		}
	}, gathering(new(mailbox))...))
	root.Send(pid, promptOne())
	root.Send(pid, "after")
	<-restarted
	_ = root.PoisonFuture(pid).Wait()
	mu.Lock()
	defer mu.Unlock()
	if want := []string{"restarted", "after"}; !slices.Equal(order, want) {
		t.Errorf("%v, want %v: what came after the failure waits until it is dealt with", order, want)
	}
}
