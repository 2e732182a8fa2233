package store

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	bolt "go.etcd.io/bbolt"
)

func TestAStoreThatCannotBeUsedSaysWhatToDo(t *testing.T) {
	for name, tt := range map[string]struct {
		spoil func(t *testing.T, folder, path string)
		want  string
	}{
		"another daemon uses it": {func(t *testing.T, folder, _ string) { open(t, folder) }, "end that one, or give this one a state folder"},
		"it is of a newer format": {func(t *testing.T, _, path string) {
			edit(t, path, func(tx *bolt.Tx) error {
				return tx.Bucket(bucketMeta).Put([]byte("format"), binary.BigEndian.AppendUint64(nil, 7))
			})
		}, "newer hermod, in format 7; this one knows 1; run that version"},
		"it is something else": {func(t *testing.T, _, path string) {
			must(t, os.WriteFile(path, bytes.Repeat([]byte("no database "), 4096), 0o600))
		}, "restore it from a copy, or move it away"},
		"its end is missing": {func(t *testing.T, _, path string) {
			info, err := os.Stat(path)
			must(t, err)
			must(t, os.Truncate(path, info.Size()/4))
		}, "restore it from a copy, or move it away"},
		"its last page is missing": {func(t *testing.T, _, path string) {
			size := int64(0)
			edit(t, path, func(tx *bolt.Tx) error { size = tx.Size(); return nil })
			must(t, os.Truncate(path, size-int64(os.Getpagesize())))
		}, "restore it from a copy, or move it away"},
		"its middle is overwritten": {func(t *testing.T, _, path string) {
			content, err := os.ReadFile(path)
			must(t, err)
			for at := 2 * os.Getpagesize(); at < len(content); at++ {
				content[at] = 0xa5
			}
			must(t, os.WriteFile(path, content, 0o600))
		}, "restore it from a copy, or move it away"},
		"others may write it":         {func(t *testing.T, _, path string) { must(t, os.Chmod(path, 0o620)) }, "chmod go-w"},
		"others may write the folder": {func(t *testing.T, folder, _ string) { must(t, os.Chmod(folder, 0o777)) }, "chmod go-w"},
		"it is a link to another file": {func(t *testing.T, folder, path string) {
			must(t, os.Rename(path, filepath.Join(folder, "other")))
			must(t, os.Symlink("other", path))
		}, "check the path"},
		"it is a folder": {func(t *testing.T, _, path string) {
			must(t, os.Remove(path))
			must(t, os.Mkdir(path, 0o700))
		}, "check the path"},
	} {
		t.Run(name, func(t *testing.T) {
			folder := filepath.Join(t.TempDir(), "state")
			s := open(t, folder)
			s.db.NoSync = true
			for n := range 30 {
				must(t, s.Keep(background, letter(fmt.Sprint(n), 5000)))
			}
			must(t, s.Close())
			path := filepath.Join(folder, fileName)
			tt.spoil(t, folder, path)
			before, _ := os.ReadFile(path)
			again, err := Open(folder, slog.New(slog.DiscardHandler))
			if err == nil {
				_ = again.Close()
				t.Fatal("it was opened")
			}
			if !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), folder) {
				t.Errorf("error is %v", err)
			}
			if after, _ := os.ReadFile(path); !bytes.Equal(before, after) {
				t.Error("the file was changed")
			}
		})
	}
}

// edit changes the file as no store would.
func edit(t *testing.T, path string, how func(*bolt.Tx) error) {
	t.Helper()
	db, err := bolt.Open(path, 0o600, nil)
	must(t, err)
	must(t, db.Update(how))
	must(t, db.Close())
}

func TestTheFileIsItsOwnersAlone(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "new", "state")
	s := open(t, folder)
	must(t, s.Close())
	path := filepath.Join(folder, fileName)
	must(t, os.Chmod(path, 0o644))
	log := new(logBuffer)
	s, err := Open(folder, slog.New(slog.NewTextHandler(log, nil)))
	must(t, err)
	must(t, s.Close())
	file, err := os.Stat(path)
	must(t, err)
	dir, err := os.Stat(folder)
	must(t, err)
	if file.Mode().Perm() != 0o600 || dir.Mode().Perm() != 0o700 || !strings.Contains(log.String(), "could read dead letters") {
		t.Errorf("modes are %v and %v; the log is %s", file.Mode(), dir.Mode(), log)
	}
}

// fill has the file refuse to grow, as a full disk does.
func (s *Store) fill(t *testing.T, full bool) {
	t.Helper()
	must(t, s.do(background, func(c *change) error {
		s.db.MaxSize, s.db.AllocSize = 0, 1
		if full {
			s.db.MaxSize = int(c.Size())
		}
		return nil
	}))
}

func TestAFullDiskIsAnErrorThatEndsWithIt(t *testing.T) {
	folder := t.TempDir()
	log := new(logBuffer)
	s, err := Open(folder, slog.New(slog.NewTextHandler(log, nil)))
	must(t, err)
	s.fill(t, true)
	for n := range 3 {
		if err := s.Keep(background, letter(fmt.Sprint(n), 1<<20)); err == nil || !strings.Contains(err.Error(), "write the state folder") {
			t.Errorf("error is %v", err)
		}
	}
	s.marks.set("a", true) // to be written with the next change
	_ = s.Keep(background, letter("too large with the mark", 1<<20))
	if f := s.Figures(); f.Letters != 0 || f.Bytes != 0 || f.WriteErrors < 3 {
		t.Errorf("figures are %+v", f)
	}
	s.fill(t, false)
	must(t, s.Keep(background, letter("9", 1<<20)))
	must(t, s.Close())
	if strings.Count(log.String(), "cannot be written") != 1 || strings.Count(log.String(), "can be written again") != 1 {
		t.Errorf("the log is:\n%s", log)
	}
	s = open(t, folder)
	if got := ids(t, s); len(got) != 1 || got[0] != "9" || !s.Disabled("a") {
		t.Errorf("letters are %v, disabled %v", got, s.Disabled("a"))
	}
}

// stall keeps the disk busy until the test says so.
func (s *Store) stall() (release func()) {
	begun, end := make(chan struct{}), make(chan struct{})
	go func() {
		_ = s.do(background, func(*change) error { close(begun); <-end; return nil })
	}()
	<-begun
	return func() { close(end) }
}

func TestWhoeverWaitsForAStalledDiskWaitsNoLongerThanTheContext(t *testing.T) {
	s, _ := inMemory(t)
	release := s.stall()
	defer release()
	ctx, cancel := context.WithCancel(background)
	var waiting sync.WaitGroup
	errs := make(chan error, 2*maxWaiting)
	for n := range cap(errs) {
		waiting.Go(func() { errs <- s.Keep(ctx, letter(fmt.Sprint(n), 1)) })
	}
	s.SetDisabled("a", true) // never waits
	if !s.Disabled("a") {
		t.Error("not disabled")
	}
	cancel()
	waiting.Wait()
	close(errs)
	for err := range errs {
		if !errors.Is(err, context.Canceled) {
			t.Fatalf("error is %v", err)
		}
	}
	if len(s.work) > maxWaiting {
		t.Errorf("%d changes wait", len(s.work))
	}
}

func TestADiskThatDoesNotAnswerHoldsNobodyForLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _ := inMemory(t)
		release := s.stall()
		begun := time.Now()
		if err := s.Keep(background, letter("evt_1", 1)); !errors.Is(err, errStalled) || time.Since(begun) != maxWait {
			t.Errorf("after %v: %v", time.Since(begun), err)
		}
		release()
	})
}

func TestWhatComesBeforeTheEndIsWrittenAndWhatComesAfterIsRefused(t *testing.T) {
	folder := t.TempDir()
	s, err := Open(folder, slog.New(slog.DiscardHandler))
	must(t, err)
	release := s.stall()
	kept := make(chan error, 1)
	go func() { kept <- s.Keep(background, letter("evt_1", 1)) }()
	for len(s.work) == 0 {
		if s.Figures().Letters > 0 {
			t.Fatal("the disk was not busy")
		}
	}
	s.SetDisabled("b", true)
	closed := make(chan error, 1)
	go func() { closed <- s.Close() }()
	<-s.ending
	release()
	must(t, <-closed)
	must(t, <-kept)
	if err := s.Keep(background, letter("evt_2", 1)); !errors.Is(err, ErrClosed) {
		t.Errorf("error is %v", err)
	}
	s = open(t, folder)
	if got := ids(t, s); len(got) != 1 || got[0] != "evt_1" || !s.Disabled("b") {
		t.Errorf("letters are %v, disabled %v", got, s.Disabled("b"))
	}
}

func TestMarksOfOneBotNeverPileUp(t *testing.T) {
	folder := t.TempDir()
	s := open(t, folder)
	release := s.stall()
	for n := range 1001 {
		s.SetDisabled("a", n%2 == 0)
		s.SetDisabled("b", n%2 == 1)
	}
	s.marks.mu.Lock()
	if len(s.marks.unsaved) > 2 {
		t.Errorf("%d marks wait", len(s.marks.unsaved))
	}
	s.marks.mu.Unlock()
	release()
	must(t, s.Flush(background))
	must(t, s.Close())
	s = open(t, folder)
	if !s.Disabled("a") || s.Disabled("b") {
		t.Errorf("disabled: a %v, b %v", s.Disabled("a"), s.Disabled("b"))
	}
}

func TestKeysAreKeptUntilTheyAreForgotten(t *testing.T) {
	folder := t.TempDir()
	s := open(t, folder)
	must(t, s.SaveKey(background, "one", []byte("1"), nil))
	must(t, s.SaveKey(background, "two", []byte("2"), nil))
	must(t, s.SaveKey(background, "three", []byte("3"), func() []string { return []string{"one", "never there"} }))
	must(t, s.ForgetKeys(background, func() []string { return []string{"two"} }))
	must(t, s.Close())
	s = open(t, folder)
	got := make(map[string]string)
	must(t, s.Keys(func(key string, value []byte) { got[key] = string(value) }))
	if len(got) != 1 || got["three"] != "3" {
		t.Errorf("keys are %v", got)
	}
}

// Somebody cuts the file while the daemon has it open: the daemon stays, and says so.
func TestAFileThatIsCutMeanwhileIsAnErrorAndNoCrash(t *testing.T) {
	folder := t.TempDir()
	s := open(t, folder)
	for n := range 10 {
		must(t, s.Keep(background, letter(name(n), 100_000)))
	}
	must(t, os.Truncate(filepath.Join(folder, fileName), 3*int64(os.Getpagesize())))
	if _, _, err := s.List(Page{Letters: 10, Bytes: 1 << 20, Records: true}); !errors.Is(err, errDamaged) {
		t.Errorf("error is %v", err)
	}
	if _, _, err := s.Letter(name(9)); !errors.Is(err, errDamaged) {
		t.Errorf("error is %v", err)
	}
	if err := s.Keep(background, letter("evt_new", 1)); !errors.Is(err, errDamaged) {
		t.Errorf("error is %v", err)
	}
}
