package supervisor

import "github.com/asynkron/protoactor-go/actor"

// Parent is an actor that supervises links. Its methods run on its own turn, never beside its Receive.
type Parent interface {
	actor.Actor
	// FailureOf returns what Policy.Judge needs to know of the failed child; false if the child is not its current link.
	FailureOf(child *actor.PID, raised *Raised) (Policy, Failure, History, bool)
	// Obey carries the verdict out. The child has been told to stop.
	Obey(ctx actor.Context, f Failure, v Verdict, h History)
	// Jitter returns the jitter for Judge, in [0, 1).
	Jitter() float64
}

// LinkSupervision stops a failed link, has the policy judge it and hands the verdict to the parent, which dials a new
// generation when the verdict's delay is over. A link is never restarted in place: while a suspended mailbox waits for
// its restart it grows, and the relay could be neither closed nor woken.
// It has no state, so one value serves every relay.
type LinkSupervision struct{}

// HandleFailure implements actor.SupervisorStrategy for parents that are a Parent.
func (LinkSupervision) HandleFailure(_ *actor.ActorSystem, sup actor.Supervisor, child *actor.PID,
	_ *actor.RestartStatistics, reason, message any) {
	ctx, isContext := sup.(actor.Context)
	if !isContext {
		sup.StopChildren(child)
		return
	}
	parent, isParent := ctx.Actor().(Parent)
	if !isParent {
		sup.EscalateFailure(reason, message)
		return
	}
	sup.StopChildren(child)
	policy, failure, history, current := parent.FailureOf(child, AsRaised(reason))
	if !current {
		return
	}
	verdict, history := policy.Judge(failure, history, parent.Jitter())
	parent.Obey(ctx, failure, verdict, history)
}

// Leaver is a link that knows when the end of its halves is expected.
type Leaver interface{ Leaving() bool }

// HalfSupervision makes the failure of a link's half the failure of the link, with the same reason, unless the link is
// a Leaver that is leaving: then the half just stops. It has no state, so one value serves every link.
type HalfSupervision struct{}

// HandleFailure implements actor.SupervisorStrategy. The failed half stays suspended until its link stops it: stopping
// it twice would be a dead letter.
func (HalfSupervision) HandleFailure(_ *actor.ActorSystem, sup actor.Supervisor, child *actor.PID,
	_ *actor.RestartStatistics, reason, message any) {
	if ctx, isContext := sup.(actor.Context); isContext {
		if link, isLeaver := ctx.Actor().(Leaver); isLeaver && link.Leaving() {
			sup.StopChildren(child)
			return
		}
	}
	sup.EscalateFailure(reason, message)
}
