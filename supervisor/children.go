package supervisor

import "github.com/asynkron/protoactor-go/actor"

// SpawnUnder spawns a child on any goroutine. Its failures and its end reach the parent as those of any child. The
// parent keeps no list of its children for it, which would weigh as much as the child: it has to adopt the child before
// it stops. The error is actor.ErrNameExists.
func SpawnUnder(root *actor.RootContext, parent *actor.PID, props *actor.Props, name string) (*actor.PID, error) {
	return actor.DefaultSpawner(root.ActorSystem(), parent.Id+"/"+name, props, under{self: parent})
}

// Adopt puts a child among those that the framework stops along with the parent, which is stopping, and waits for. Call
// it in the parent's Receive.
func Adopt(parent actor.Context, child *actor.PID) {
	props := actor.PropsFromProducer(nil, actor.WithSpawnFunc(
		func(*actor.ActorSystem, string, *actor.Props, actor.SpawnerContext) (*actor.PID, error) {
			return child, nil
		}))
	_, _ = parent.SpawnNamed(props, "")
}

// under is what a spawner needs to know of a parent.
type under struct {
	actor.SpawnerContext
	self *actor.PID
}

// Self returns the parent.
func (u under) Self() *actor.PID { return u.self }
