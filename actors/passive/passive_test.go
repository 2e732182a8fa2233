package passive

import (
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/asynkron/protoactor-go/actor"
)

// sleepyhead is an actor that rests after each message, and keeps what it got.
type sleepyhead struct {
	Ref[any, *sleepyhead]
	root    *actor.RootContext
	got     []int
	starts  atomic.Int32
	stopped bool
	more    func(int) // after each message, unless nil
}

func newSleepyhead() *sleepyhead {
	s := &sleepyhead{root: actor.NewActorSystem(actor.WithLoggerFactory(func(*actor.ActorSystem) *slog.Logger {
		return slog.New(slog.DiscardHandler)
	})).Root}
	s.By = s
	s.Rest()
	return s
}

var sleepyProps = NewProps()

func (s *sleepyhead) Activate(box *Mailbox) error {
	_, err := s.root.SpawnNamed(sleepyProps.Of(s, box), "sleepyhead")
	return err
}

func (s *sleepyhead) Passivated() {}

func (s *sleepyhead) Rests() bool { return !s.stopped }

func (s *sleepyhead) Receive(ctx actor.Context) {
	switch m := ctx.Message().(type) {
	case *actor.Started:
		s.starts.Add(1)
	case *actor.Stopped:
		s.stopped = true
		s.End()
	case int:
		s.got = append(s.got, m)
		if s.more != nil {
			s.more(m)
		}
	case chan []int:
		m <- slices.Clone(s.got)
	}
}

func (s *sleepyhead) all() []int {
	reply := make(chan []int, 1)
	s.Tell(reply)
	return <-reply
}

func TestAPassiveActorGetsEveryMessageInTheOrderOfItsSender(t *testing.T) {
	const senders, each = 4, 1000
	s := newSleepyhead()
	var wg sync.WaitGroup
	for sender := range senders {
		wg.Go(func() {
			for i := range each {
				s.Tell(sender*each + i)
				if i%10 == 0 {
					s.all() // lets it come to rest
				}
			}
		})
	}
	wg.Go(func() {
		for range each { // others hold it meanwhile
			s.Hold()
			s.Release()
		}
	})
	wg.Wait()
	next := make([]int, senders)
	for _, m := range s.all() {
		if m%each != next[m/each] {
			t.Fatalf("sender %d: message %d came where %d was due", m/each, m%each, next[m/each])
		}
		next[m/each]++
	}
	for sender, count := range next {
		if count != each {
			t.Errorf("sender %d: %d of %d messages came", sender, count, each)
		}
	}
	if starts := s.starts.Load(); starts < 2 {
		t.Errorf("it was activated %d times, so it never passivated", starts)
	}
}

func TestAPassiveActorIsNoProcessUnlessSomebodyHoldsIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSleepyhead()
		s.Tell(1)
		synctest.Wait()
		if _, there := s.root.ActorSystem().ProcessRegistry.GetLocal("sleepyhead"); there || s.PID() != nil {
			t.Error("it rests, and is still a process")
		}
		pid := s.Hold()
		s.Tell(2)
		synctest.Wait()
		if _, there := s.root.ActorSystem().ProcessRegistry.Get(pid); !there {
			t.Error("it passivated while it was held")
		}
		s.Release()
		synctest.Wait()
		if s.PID() != nil {
			t.Error("nobody holds it any more, and it stays active")
		}
		if got := s.all(); fmt.Sprint(got) != "[1 2]" {
			t.Errorf("it got %v", got)
		}
	})
}

func TestAPassiveActorThatHasStoppedTakesNoMessages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSleepyhead()
		s.root.Stop(s.Hold())
		synctest.Wait()
		s.Tell(1)
		synctest.Wait()
		if s.Hold() != nil || len(s.got) > 0 || s.starts.Load() != 1 {
			t.Errorf("after its end it was activated %d times and got %v", s.starts.Load(), s.got)
		}
	})
}
