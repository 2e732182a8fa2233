package actors

import (
	"runtime"
	"sync/atomic"

	"github.com/asynkron/protoactor-go/actor"

	"hermod/supervisor"
)

// onDemand is a child that its first message spawns, on the sender's goroutine; other messages wait for that. Until
// then it costs nothing but this struct. The parent adopts the child before stopping, so it outlives its children.
type onDemand[M any] struct {
	kind  spawner
	pid   atomic.Pointer[actor.PID] // nil until it is spawned
	state atomic.Int32
	ended bool // the parent's: the framework has removed the child
}

// The states of a child on demand.
const (
	childAbsent  int32 = iota
	childClaimed       // somebody spawns it, or does its work
	childThere         // pid is set, and the child was welcomed
	childNever         // its parent has stopped
)

// spawner knows how to make one kind of child.
type spawner interface {
	root() *actor.RootContext
	// spawn returns nil if there is no parent any more.
	spawn() *actor.PID
	// welcome tells a new child what it missed. From here on it gets messages as usual.
	welcome(child *actor.PID)
}

// Tell sends m, and spawns the child if it is not there. A child whose parent has stopped is not spawned any more.
func (d *onDemand[M]) Tell(m M) {
	if !d.isThere() && d.claim() {
		d.spawn()
	}
	d.TellIfThere(m)
}

// TellIfThere sends m to a child that is there already.
func (d *onDemand[M]) TellIfThere(m M) {
	if pid := d.pid.Load(); pid != nil {
		d.kind.root().Send(pid, m)
	}
}

func (d *onDemand[M]) isThere() bool { return d.state.Load() == childThere }

// claim says that the child is absent, and stays so until the caller spawns it or gives the claim up. It waits for
// another's claim, which takes a moment.
func (d *onDemand[M]) claim() bool {
	for !d.state.CompareAndSwap(childAbsent, childClaimed) {
		if d.state.Load() > childClaimed {
			return false
		}
		runtime.Gosched()
	}
	return true
}

func (d *onDemand[M]) unclaim() { d.state.Store(childAbsent) }

// spawn spawns a child that was claimed, and tells it what comes before all else.
func (d *onDemand[M]) spawn(first ...M) {
	pid := d.kind.spawn()
	if pid == nil {
		d.state.Store(childNever)
		return
	}
	for _, m := range first {
		d.kind.root().Send(pid, m)
	}
	d.pid.Store(pid)
	d.kind.welcome(pid)
	d.state.Store(childThere)
}

// ends says whether who is this child, and remembers that it has ended. Only the parent may call it.
func (d *onDemand[M]) ends(who *actor.PID) bool {
	pid := d.pid.Load()
	if pid == nil || !pid.Equal(who) {
		return false
	}
	d.ended = true
	return true
}

// adopt puts the child among those that the framework stops along with the parent, which is stopping; one that was not
// spawned so far never is.
func (d *onDemand[M]) adopt(ctx actor.Context) {
	if d.claim() {
		d.state.Store(childNever)
	}
	if pid := d.pid.Load(); pid != nil && !d.ended {
		supervisor.Adopt(ctx, pid)
	}
}

// spawnUnder spawns a child on any goroutine, with a name of its own. The parent has to adopt it at its own end.
func spawnUnder(root *actor.RootContext, parent *actor.PID, props *actor.Props) *actor.PID {
	for {
		name := root.ActorSystem().ProcessRegistry.NextId()
		if pid, err := supervisor.SpawnUnder(root, parent, props, name); err == nil {
			return pid
		}
	}
}

// leanMailbox is for actors that get few messages: it is small and, unlike the default, stays so after many.
var leanMailbox = actor.UnboundedLockfree()
