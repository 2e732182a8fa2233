package actors

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/asynkron/protoactor-go/actor"
)

// sleepyhead is an actor that rests after each message, and keeps what it got.
type sleepyhead struct {
	passive
	root    *actor.RootContext
	got     []int
	starts  atomic.Int32
	stopped bool
}

func newSleepyhead() *sleepyhead {
	s := &sleepyhead{root: newSystem(discardLogger).Root}
	s.letters.Store(asleep)
	return s
}

func (s *sleepyhead) activate(box *passiveMailbox) error {
	_, err := s.root.SpawnNamed(actor.PropsFromProducer(func() actor.Actor { return s },
		actor.WithMailbox(func() actor.Mailbox { return box })), "sleepyhead")
	return err
}

func (s *sleepyhead) passivated() {}

func (s *sleepyhead) Rests() bool { return !s.stopped }

func (s *sleepyhead) Receive(ctx actor.Context) {
	switch m := ctx.Message().(type) {
	case *actor.Started:
		s.starts.Add(1)
	case *actor.Stopped:
		s.stopped = true
		s.end()
	case int:
		s.got = append(s.got, m)
	case chan []int:
		m <- slices.Clone(s.got)
	}
}

func (s *sleepyhead) all() []int {
	reply := make(chan []int, 1)
	s.tell(s, reply)
	return <-reply
}

func TestAPassiveActorGetsEveryMessageInTheOrderOfItsSender(t *testing.T) {
	const senders, each = 4, 1000
	s := newSleepyhead()
	var wg sync.WaitGroup
	for sender := range senders {
		wg.Go(func() {
			for i := range each {
				s.tell(s, sender*each+i)
				if i%10 == 0 {
					s.all() // lets it come to rest
				}
			}
		})
	}
	wg.Go(func() {
		for range each { // others hold it meanwhile
			s.hold(s)
			s.release()
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
		s.tell(s, 1)
		synctest.Wait()
		if _, there := s.root.ActorSystem().ProcessRegistry.GetLocal("sleepyhead"); there || s.pid() != nil {
			t.Error("it rests, and is still a process")
		}
		pid := s.hold(s)
		s.tell(s, 2)
		synctest.Wait()
		if _, there := s.root.ActorSystem().ProcessRegistry.Get(pid); !there {
			t.Error("it passivated while it was held")
		}
		s.release()
		synctest.Wait()
		if s.pid() != nil {
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
		s.root.Stop(s.hold(s))
		synctest.Wait()
		s.tell(s, 1)
		synctest.Wait()
		if s.hold(s) != nil || len(s.got) > 0 || s.starts.Load() != 1 {
			t.Errorf("after its end it was activated %d times and got %v", s.starts.Load(), s.got)
		}
	})
}
