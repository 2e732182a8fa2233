package actors_test

import (
	"runtime"
	"syscall"
	"testing"

	"hermod/actors"
)

func TestTheDefaultBoundOfDialsLeavesHalfOfTheFilesToOpenConnections(t *testing.T) {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
			t.Error(err)
		}
	})
	for _, c := range []struct {
		files uint64
		want  int
	}{{200, 100}, {1, 1}, {limit.Max, min(256*runtime.GOMAXPROCS(0), int(limit.Max/2))}} {
		if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &syscall.Rlimit{Cur: c.files, Max: limit.Max}); err != nil {
			t.Fatal(err)
		}
		engine, err := actors.New(actors.EngineConfig{})
		if err != nil {
			t.Fatal(err)
		}
		if got := engine.Status().MaxDials; got != c.want {
			t.Errorf("of %d files: %d dials, want %d", c.files, got, c.want)
		}
		if err := engine.Close(background); err != nil {
			t.Error(err)
		}
	}
}
