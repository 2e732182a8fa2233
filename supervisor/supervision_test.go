package supervisor_test

import (
	"errors"
	"io"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"hermod/supervisor"
)

// verdict is what a parent was told, and whether it was told on its own turn.
type verdict struct {
	failure supervisor.Failure
	verdict supervisor.Verdict
	history supervisor.History
	onTurn  bool
}

// parent supervises the links that it spawns, one at a time. Its fields belong to its own turn; the race detector finds
// a verdict that comes beside it.
type parent struct {
	child    *actor.PID
	history  supervisor.History
	busy     bool
	verdicts chan<- verdict
	ended    chan<- *actor.PID
}

// spawn asks a parent for a new child of these props, fail a child to end, poke a parent to answer.
type (
	spawn struct {
		props *actor.Props
		pid   chan *actor.PID
	}
	fail struct{ with func() }
	poke struct{ done chan struct{} }
)

func (p *parent) Receive(ctx actor.Context) {
	p.busy = true
	defer func() { p.busy = false }()
	switch m := ctx.Message().(type) {
	case *spawn:
		p.child = ctx.Spawn(m.props)
		m.pid <- p.child
	case *poke:
		close(m.done)
	case *actor.Terminated:
		p.ended <- m.Who
	}
}

func (p *parent) FailureOf(child *actor.PID, raised *supervisor.Raised) (supervisor.Policy, supervisor.Failure,
	supervisor.History, bool) {
	return policyOf(supervisor.Terminal), supervisor.Failure{Err: raised.Err, Handshaked: p.history.Handshaked},
		p.history, child.Equal(p.child)
}

func (p *parent) Jitter() float64 { return 0 }

func (p *parent) Obey(ctx actor.Context, f supervisor.Failure, v supervisor.Verdict, h supervisor.History) {
	p.history = h
	p.verdicts <- verdict{f, v, h, !p.busy && ctx.Actor() == actor.Actor(p)}
}

// child fails as it is told to; link does the same and has a half below it.
type child struct{}

func (child) Receive(ctx actor.Context) {
	if m, ok := ctx.Message().(*fail); ok {
		m.with()
	}
}

type link struct {
	half    chan *actor.PID
	leaving bool
}

func (l *link) Receive(ctx actor.Context) {
	switch ctx.Message().(type) {
	case *actor.Started:
		l.half <- ctx.Spawn(actor.PropsFromProducer(func() actor.Actor { return child{} }))
	case *fail:
		l.leaving = true
	}
}

func (l *link) Leaving() bool { return l.leaving }

// stage is an actor system with one parent in it, inside a bubble of virtual time.
type stage struct {
	system   *actor.ActorSystem
	parent   *actor.PID
	verdicts chan verdict
	ended    chan *actor.PID
}

func onStage(t *testing.T, history supervisor.History, play func(t *testing.T, s *stage)) {
	synctest.Test(t, func(t *testing.T) {
		s := &stage{
			system: actor.NewActorSystem(actor.WithLoggerFactory(func(*actor.ActorSystem) *slog.Logger {
				return slog.New(slog.NewTextHandler(io.Discard, nil))
			})),
			verdicts: make(chan verdict, 8),
			ended:    make(chan *actor.PID, 8),
		}
		s.parent = s.system.Root.Spawn(actor.PropsFromProducer(func() actor.Actor {
			return &parent{history: history, verdicts: s.verdicts, ended: s.ended}
		}, actor.WithSupervisor(supervisor.LinkSupervision{})))
		play(t, s)
		s.system.Root.Stop(s.parent)
		synctest.Wait()
		s.system.Shutdown()
		time.Sleep(time.Minute) // the framework's own timers
	})
}

func (s *stage) spawn(props *actor.Props) *actor.PID {
	pid := make(chan *actor.PID, 1)
	s.system.Root.Send(s.parent, &spawn{props, pid})
	return <-pid
}

func (s *stage) spawnChild() *actor.PID {
	return s.spawn(actor.PropsFromProducer(func() actor.Actor { return child{} }))
}

func (s *stage) fail(pid *actor.PID, with func()) {
	s.system.Root.Send(pid, &fail{with})
	synctest.Wait()
}

// next returns the verdict that the parent was given; there must be exactly one.
func (s *stage) next(t *testing.T) verdict {
	t.Helper()
	if len(s.verdicts) != 1 {
		t.Fatalf("the parent was given %d verdicts, want 1", len(s.verdicts))
	}
	return <-s.verdicts
}

func (s *stage) wantEnded(t *testing.T, pid *actor.PID) {
	t.Helper()
	if len(s.ended) != 1 {
		t.Fatalf("%d children ended, want 1", len(s.ended))
	}
	if got := <-s.ended; !got.Equal(pid) {
		t.Fatalf("%v ended, want %v", got, pid)
	}
}

func TestALinkThatRaisesIsStoppedAndItsParentGetsTheVerdictOnItsTurn(t *testing.T) {
	onStage(t, known, func(t *testing.T, s *stage) {
		pid := s.spawnChild()
		s.fail(pid, func() { supervisor.Raise(unauthorized, time.Time{}) })
		got := s.next(t)
		if got.verdict.Outcome != supervisor.Disable || !errors.Is(got.failure.Err, unauthorized) {
			t.Errorf("verdict %v on %v, want the revocation that was raised", got.verdict.Outcome, got.failure.Err)
		}
		if !got.onTurn {
			t.Error("the parent was told beside its own turn")
		}
		s.wantEnded(t, pid)
	})
}

func TestTheHistoryGrowsFromLinkToLink(t *testing.T) {
	onStage(t, fresh, func(t *testing.T, s *stage) {
		for attempt := 1; attempt <= 3; attempt++ {
			pid := s.spawnChild()
			s.fail(pid, func() { supervisor.Raise(drop, time.Time{}) })
			if got := s.next(t); got.verdict.Attempt != attempt || got.history.Rung != attempt {
				t.Fatalf("link %d: attempt %d, remembered %d", attempt, got.verdict.Attempt, got.history.Rung)
			}
			s.wantEnded(t, pid)
		}
	})
}

func TestAFailureOfAnOldLinkIsIgnored(t *testing.T) {
	onStage(t, known, func(t *testing.T, s *stage) {
		old := s.spawnChild()
		current := s.spawnChild()
		s.fail(old, func() { supervisor.Raise(unauthorized, time.Time{}) })
		if len(s.verdicts) != 0 {
			t.Fatalf("the parent was told %v of a link that it had left", (<-s.verdicts).verdict.Outcome)
		}
		s.wantEnded(t, old)
		s.fail(current, func() { supervisor.Raise(drop, time.Time{}) })
		if got := s.next(t); got.verdict.Outcome != supervisor.Retry {
			t.Errorf("verdict %v on the current link, want a retry", got.verdict.Outcome)
		}
		s.wantEnded(t, current)
	})
}

func TestABugInALinkIsRetriedAndLeavesItsParentAlive(t *testing.T) {
	for name, bug := range map[string]any{"text": "nil map", "error": io.ErrUnexpectedEOF, "unraised close": unauthorized} {
		t.Run(name, func(t *testing.T) {
			onStage(t, known, func(t *testing.T, s *stage) {
				pid := s.spawnChild()
				s.fail(pid, func() { panic(bug) })
				got := s.next(t)
				var wrapped *supervisor.BugError
				if !errors.As(got.failure.Err, &wrapped) || wrapped.Reason != bug {
					t.Errorf("the parent was told %v, want a bug of %v", got.failure.Err, bug)
				}
				if got.verdict.Outcome != supervisor.Retry || got.verdict.Attempt != 1 {
					t.Errorf("verdict %v, attempt %d; want a retry", got.verdict.Outcome, got.verdict.Attempt)
				}
				s.wantEnded(t, pid)
				alive := make(chan struct{})
				s.system.Root.Send(s.parent, &poke{alive})
				<-alive
			})
		})
	}
}

func TestTheFailureOfAHalfIsTheFailureOfItsLink(t *testing.T) {
	onStage(t, known, func(t *testing.T, s *stage) {
		halves := make(chan *actor.PID, 1)
		pid := s.spawn(linkOf(halves))
		s.fail(<-halves, func() { supervisor.Raise(unauthorized, time.Time{}) })
		if got := s.next(t); !errors.Is(got.failure.Err, unauthorized) || got.verdict.Outcome != supervisor.Disable {
			t.Errorf("verdict %v on %v, want the half's own reason", got.verdict.Outcome, got.failure.Err)
		}
		s.wantEnded(t, pid)
	})
}

func TestTheEndOfAHalfOfALeavingLinkIsNoFailure(t *testing.T) {
	onStage(t, known, func(t *testing.T, s *stage) {
		halves := make(chan *actor.PID, 1)
		pid := s.spawn(linkOf(halves))
		s.fail(pid, nil)
		s.fail(<-halves, func() { supervisor.Raise(closed(1000, "bye"), time.Time{}) })
		if len(s.verdicts) != 0 || len(s.ended) != 0 {
			t.Errorf("%d verdicts and %d ends, want none of either", len(s.verdicts), len(s.ended))
		}
	})
}

func linkOf(halves chan *actor.PID) *actor.Props {
	return actor.PropsFromProducer(func() actor.Actor { return &link{half: halves} },
		actor.WithSupervisor(supervisor.HalfSupervision{}))
}
