package actors

import (
	"runtime"
	"sync/atomic"

	"github.com/asynkron/protoactor-go/actor"
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
		adopt(ctx, pid)
	}
}

func adopt(ctx actor.Context, child *actor.PID) {
	props := actor.PropsFromProducer(nil, actor.WithSpawnFunc(
		func(*actor.ActorSystem, string, *actor.Props, actor.SpawnerContext) (*actor.PID, error) {
			return child, nil
		}))
	_, _ = ctx.SpawnNamed(props, "")
}

// spawnUnder spawns a child on any goroutine. Its failures and its end reach the parent as those of any child. The
// parent keeps no list of its children for it, which would weigh as much as the child: it has to adopt it at its own
// end.
func spawnUnder(root *actor.RootContext, parent *actor.PID, props *actor.Props) *actor.PID {
	for {
		name := root.ActorSystem().ProcessRegistry.NextId()
		if pid, err := spawnNamedUnder(root, parent, props, name); err == nil {
			return pid
		}
	}
}

func spawnNamedUnder(root *actor.RootContext, parent *actor.PID, props *actor.Props, name string) (*actor.PID, error) {
	return actor.DefaultSpawner(root.ActorSystem(), parent.Id+"/"+name, props, under{root, parent})
}

// under is what a spawner needs to know of a parent.
type under struct {
	actor.SpawnerContext
	self *actor.PID
}

// Self returns the parent.
func (u under) Self() *actor.PID { return u.self }

// leanMailbox is for actors that get few messages: it is small and, unlike the default, stays so after many.
var leanMailbox = actor.UnboundedLockfree()
