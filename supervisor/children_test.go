package supervisor_test

import (
	"testing"
	"testing/synctest"

	"github.com/asynkron/protoactor-go/actor"

	"hermod/supervisor"
)

func TestAnAdoptedChildEndsBeforeItsParent(t *testing.T) {
	system := actor.NewActorSystem()
	synctest.Test(t, func(t *testing.T) {
		root := system.Root
		var ends []string
		note := func(name string) func(actor.Context) {
			return func(ctx actor.Context) {
				if _, stopped := ctx.Message().(*actor.Stopped); stopped {
					ends = append(ends, name)
				}
			}
		}
		var child *actor.PID
		parent := root.Spawn(actor.PropsFromFunc(func(ctx actor.Context) {
			if _, stopping := ctx.Message().(*actor.Stopping); stopping {
				supervisor.Adopt(ctx, child)
			}
			note("parent")(ctx)
		}))
		var err error
		if child, err = supervisor.SpawnUnder(root, parent, actor.PropsFromFunc(note("child")), "child"); err != nil {
			t.Fatal(err)
		}
		if _, err := supervisor.SpawnUnder(root, parent, actor.PropsFromFunc(note("twin")), "child"); err != actor.ErrNameExists {
			t.Errorf("a second child of that name: %v", err)
		}
		root.Stop(parent)
		synctest.Wait()
		if len(ends) != 2 || ends[0] != "child" || ends[1] != "parent" {
			t.Errorf("in turn ended %v", ends)
		}
	})
}
