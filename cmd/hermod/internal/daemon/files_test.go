package daemon

import (
	"maps"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"hermod/cmd/hermod/internal/config"
)

func TestABusyFolderDoesNotHoldAReloadUp(t *testing.T) {
	t.Parallel() // it waits for real time
	r := run(t, doorFile("listen: 'off'"))
	before := r.current.Load()
	r.write(doorFile("listen: 'off'") + "log: {level: warn}\n")
	noise := filepath.Join(filepath.Dir(r.path), "noise")
	limit := time.After(patience)
	for r.current.Load() == before {
		must(t, os.WriteFile(noise, nil, 0o600))
		select {
		case <-time.After(settle / 20):
		case <-limit:
			t.Fatal("the file was never read again")
		}
	}
}

func TestFilesAreLookedAtWhenTheyAreLeftAloneAndAtTheLatestAfterTwoSeconds(t *testing.T) {
	var busy unrest
	begun := time.Now()
	for at := time.Duration(0); at <= 3*time.Second; at += settle / 2 {
		if got, want := busy.note(begun.Add(at)), max(0, min(settle, 2*time.Second-at)); got != want {
			t.Errorf("after %v it waits for %v, want %v", at, got, want)
		}
	}
}

func TestFilesThatCannotBeOpenedForWantOfADescriptorCountAsUnchanged(t *testing.T) {
	known := map[string]config.Sum{"a": {1}, "b": {2}}
	failing := func(errno syscall.Errno) func(string) (config.Sum, error) {
		return func(path string) (config.Sum, error) {
			return config.Sum{}, &os.PathError{Op: "open", Path: path, Err: errno}
		}
	}
	if now, err := sumsOf(known, failing(syscall.EMFILE)); err == nil || !maps.Equal(now, known) {
		t.Errorf("without descriptors: %v, %v", now, err)
	}
	if now, err := sumsOf(known, failing(syscall.ENOENT)); err != nil || maps.Equal(now, known) {
		t.Errorf("without the files: %v, %v", now, err)
	}
}
