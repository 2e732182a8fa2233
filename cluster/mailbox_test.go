package cluster

import (
	"slices"
	"testing"
	"testing/synctest"

	"github.com/asynkron/protoactor-go/actor"
)

func TestWhatOtherNodesSendToAGrainThatIsBeingSpawnedWaitsForIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		system := actor.NewActorSystem()
		defer system.Shutdown()
		var got []any
		receive := func(ctx actor.Context) {
			switch m := ctx.Message().(type) {
			case *actor.Started:
				got = append(got, "started")
			case string:
				got = append(got, m)
			}
		}
		props := actor.PropsFromFunc(receive, actor.WithMailbox(newMailbox), actor.WithOnInit(func(ctx actor.Context) {
			pid := actor.NewPID(ctx.Self().Address, ctx.Self().Id)
			go system.Root.Send(pid, "early")
			go func() {
				if process, found := system.ProcessRegistry.Get(pid); found {
					process.SendSystemMessage(pid, &actor.Unwatch{Watcher: pid})
				}
			}()
			synctest.Wait() // they have found the name, and there is no dispatcher yet
		}))
		pid, err := system.Root.SpawnNamed(props, "grain")
		if err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		system.Root.Send(pid, "late")
		synctest.Wait()
		if want := []any{"started", "early", "late"}; !slices.Equal(got, want) {
			t.Errorf("the grain has received %v, want %v", got, want)
		}
		system.Root.Stop(pid)
		synctest.Wait()
	})
}
