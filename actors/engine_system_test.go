package actors

import (
	"os"
	"strconv"
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

// The framework's own way to list a map starts 64 goroutines for each of 1024 of them, which was nine tenths of what
// an engine cost to start.
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
