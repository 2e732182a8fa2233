package mailbox_test

import (
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/asynkron/protoactor-go/actor"
	"go.uber.org/goleak"

	"hermod/actors/internal/mailbox"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// lender is who lends a goroutine.
type lender struct{}

// lent is a message whose sender lends its goroutine; it brings its place in the mailbox.
type lent struct {
	mailbox.Link
	by *lender
	n  int
}

// Lender implements mailbox.Lending.
func (l *lent) Lender() *lender { return l.by }

// receiver passes what it receives on.
type receiver struct{ receive func(message any) }

// Receive implements actor.Actor.
func (r receiver) Receive(ctx actor.Context) { r.receive(ctx.Message()) }

// spawn starts an actor with a mailbox, whose work that is not lent start runs. Its parent has it go on after a panic.
func spawn(t *testing.T, start func(func()), receive func(box *mailbox.Mailbox[lender], message any)) (send func(any)) {
	t.Helper()
	system := actor.NewActorSystem(actor.WithLoggerFactory(func(*actor.ActorSystem) *slog.Logger {
		return slog.New(slog.NewTextHandler(io.Discard, nil))
	}))
	box := mailbox.New[lender](start)
	pid := system.Root.Spawn(actor.PropsFromProducer(func() actor.Actor {
		return receiver{func(message any) { receive(box, message) }}
	}, actor.WithMailbox(box.Producer())))
	t.Cleanup(func() {
		_ = system.Root.StopFuture(pid).Wait()
		system.Shutdown()
	})
	return func(message any) { system.Root.Send(pid, message) }
}

func onGoroutines(f func()) { go f() }

func TestAMessageIsReceivedOnTheGoroutineThatItsSenderLends(t *testing.T) {
	got := 0 // by this goroutine alone, as the race detector sees
	by := new(lender)
	received := make(chan struct{}, 1)
	started := make(chan struct{})
	send := spawn(t, onGoroutines, func(box *mailbox.Mailbox[lender], message any) {
		switch message.(type) {
		case *actor.Started:
			if box.Lent() != nil {
				t.Error("somebody lends what nobody has sent")
			}
			close(started)
		case *lent:
			if box.Lent() == by {
				got++
			}
			received <- struct{}{}
		}
	})
	<-started
	send(&lent{}) // by whoever starts
	<-received
	for got < 3 {
		send(&lent{by: by}) // one at a time: an actor that is never at rest needs nobody's goroutine
		<-received
	}
}

func TestALenderIsNotKeptByWhatOthersSend(t *testing.T) {
	var send func(any)
	by := new(lender)
	var forLender, forOthers int
	enough := make(chan struct{})
	work, over := make(chan func(), 100), new(atomic.Bool)
	start := func(f func()) {
		if over.Load() {
			go f()
			return
		}
		work <- f
	}
	send = spawn(t, start, func(box *mailbox.Mailbox[lender], message any) {
		m, ok := message.(*lent)
		switch {
		case !ok:
			return
		case box.Lent() != nil:
			forLender++
		default:
			forOthers++
		}
		if m.n > 0 {
			send(&lent{n: m.n - 1}) // so there is always one more
			return
		}
		close(enough)
	})
	(<-work)() // the start
	send(&lent{by: by, n: 1000})
	if forLender == 0 || forLender > 10 || forOthers != 0 {
		t.Errorf("the lender received %d, others %d meanwhile", forLender, forOthers)
	}
	over.Store(true)
	go (<-work)()
	<-enough
	if forLender+forOthers != 1001 {
		t.Errorf("%d and %d were received, want 1001", forLender, forOthers)
	}
}

func TestMessagesOfEachSenderComeInOrderAndNoneIsLost(t *testing.T) {
	const senders, each = 8, 500
	next := make([]int, senders)
	var left atomic.Int32
	left.Store(senders * each)
	done := make(chan struct{})
	send := spawn(t, onGoroutines, func(_ *mailbox.Mailbox[lender], message any) {
		var from, n int
		switch m := message.(type) {
		case *lent:
			from, n = m.n/each, m.n%each
		case int:
			from, n = m/each, m%each
		default:
			return
		}
		if next[from] != n {
			t.Errorf("%d of sender %d came, want %d", n, from, next[from])
		}
		next[from]++
		if left.Add(-1) == 0 {
			close(done)
		}
	})
	var group sync.WaitGroup
	for from := range senders {
		group.Go(func() {
			for n := range each {
				switch n % 3 {
				case 0:
					send(from*each + n)
				case 1:
					send(&lent{n: from*each + n})
				default:
					send(&lent{n: from*each + n, by: new(lender)})
				}
			}
		})
	}
	group.Wait()
	<-done
}

func TestAnActorThatPanicsGoesOnWithItsNextMessage(t *testing.T) {
	done := make(chan struct{})
	send := spawn(t, onGoroutines, func(_ *mailbox.Mailbox[lender], message any) {
		if m, ok := message.(*lent); ok {
			if m.n < 5 {
				panic("a bug")
			}
			close(done)
		}
	})
	for n := range 6 {
		send(&lent{n: n, by: new(lender)})
	}
	<-done
}
