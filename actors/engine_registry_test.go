package actors

import (
	"strconv"
	"testing"

	"github.com/asynkron/protoactor-go/actor"
)

func TestAShrunkRegistryFindsEveryProcessThatItHad(t *testing.T) {
	registry := actor.NewProcessRegistry(nil)
	process := new(actor.EventStreamProcess)
	const count = 5000 // in every one of its maps
	for i := range count {
		if _, ok := registry.Add(process, strconv.Itoa(i)); !ok {
			t.Fatalf("process %d was not added", i)
		}
	}
	shrinkRegistry(registry.LocalPIDs)
	for i := range count {
		if found, ok := registry.GetLocal(strconv.Itoa(i)); !ok || found != process {
			t.Fatalf("process %d is not found", i)
		}
	}
}

// The framework's own way to list a map starts 64 goroutines for each of 1024 of them, which was nine tenths of what an engine
// cost to start.
func TestShrinkingARegistryStartsNoGoroutines(t *testing.T) {
	registries := []*actor.SliceMap{actor.NewProcessRegistry(nil).LocalPIDs, actor.NewProcessRegistry(nil).LocalPIDs}
	allocations := testing.AllocsPerRun(1, func() {
		shrinkRegistry(registries[0])
		registries = registries[1:]
	})
	if allocations > 2000 {
		t.Errorf("%v allocations", allocations)
	}
}

func BenchmarkNewEngine(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		engine, err := New(EngineConfig{})
		if err != nil {
			b.Fatal(err)
		}
		if err := engine.Close(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}
