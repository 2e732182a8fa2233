package store

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var background = context.Background()

// open opens a store and closes it with the test.
func open(t *testing.T, folder string) *Store {
	t.Helper()
	s, err := Open(folder, slog.New(slog.NewTextHandler(t.Output(), nil)))
	must(t, err)
	t.Cleanup(func() { must(t, s.Close()) })
	return s
}

// inMemory opens a store without a folder that logs into a buffer.
func inMemory(t *testing.T) (*Store, *logBuffer) {
	t.Helper()
	log := new(logBuffer)
	s, err := Open("", slog.New(slog.NewTextHandler(log, nil)))
	must(t, err)
	t.Cleanup(func() { must(t, s.Close()) })
	return s, log
}

// letter is a dead letter of bot a with a record of that size.
func letter(id string, size int) Letter {
	return Letter{ID: id, Bot: "a", Kind: "inbound", Session: "s", Cause: "refused", Tries: 1, First: time.Now(),
		Last: time.Now(), Record: bytes.Repeat([]byte("x"), size)}
}

// ids are those of all letters, the newest first.
func ids(t *testing.T, s *Store) (all []string) {
	t.Helper()
	letters, next, err := s.List(Page{Letters: MaxLetters})
	must(t, err)
	if next != 0 {
		t.Error("more than there may be")
	}
	for _, l := range letters {
		all = append(all, l.ID)
	}
	return all
}

func name(n int) string { return fmt.Sprintf("evt_%06d", n) }

// logBuffer is a log that may be read while it is written.
type logBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *logBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *logBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
