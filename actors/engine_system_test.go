package actors

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/asynkron/protoactor-go/actor"
)

// shrunkFramework is the version of Proto.Actor whose actor/process_registry.go shrinkRegistry was written for: its
// SliceMap finds a bucket by the hash of the id modulo the number of buckets.
const shrunkFramework = "github.com/asynkron/protoactor-go v0.0.0-20240822202345-3c0e61ca19c9"

func TestTheFrameworkIsTheOneWhoseRegistryIsShrunk(t *testing.T) {
	mod, err := os.ReadFile("../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(mod), shrunkFramework) {
		t.Errorf("go.mod does not require %s: check shrinkRegistry against the new version, then name it here", shrunkFramework)
	}
}

func TestASystemWithAShrunkRegistryFindsItsProcesses(t *testing.T) {
	system := newSystem(discardLogger)
	defer system.Shutdown()
	if n := len(system.ProcessRegistry.LocalPIDs.LocalPIDs); n != registryBuckets {
		t.Errorf("%d maps of processes, want %d", n, registryBuckets)
	}
	answers := make(chan string, 1)
	props := actor.PropsFromFunc(func(ctx actor.Context) {
		if text, ok := ctx.Message().(string); ok {
			answers <- text
		}
	})
	var pids []*actor.PID
	for i := range 200 {
		pid, err := system.Root.SpawnNamed(props, fmt.Sprint("a", i))
		if err != nil {
			t.Fatal(err)
		}
		pids = append(pids, pid)
	}
	for i, pid := range pids {
		system.Root.Send(pid, fmt.Sprint(i))
		if got := <-answers; got != fmt.Sprint(i) {
			t.Errorf("got %q from actor %d", got, i)
		}
		if err := system.Root.StopFuture(pid).Wait(); err != nil {
			t.Error(err)
		}
		if _, there := system.ProcessRegistry.Get(pid); there {
			t.Errorf("%s is in the registry after its end", pid.Id)
		}
	}
}
