package api

import (
	"context"
	"crypto/sha256"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hermod/cmd/hermod/internal/problem"
	"hermod/cmd/hermod/internal/store"
)

// openKeys opens what a folder remembers; end must follow.
func openKeys(t *testing.T, folder string) (k *keys, end func()) {
	t.Helper()
	s, err := store.Open(folder, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return newKeys(newJournal(s, slog.New(slog.DiscardHandler))), func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

// keep carries an outcome out under a key.
func keep(k *keys, key string, o outcome) {
	_, _, _ = k.do(context.Background(), key, sha256.Sum256(nil), func() outcome { return o })
}

// never is what must not be carried out.
func never(t *testing.T) func() outcome {
	return func() outcome {
		t.Error("carried out once more")
		return outcome{}
	}
}

func TestAnOutcomeIsKnownToTheNextDaemon(t *testing.T) {
	folder := t.TempDir()
	k, end := openKeys(t, folder)
	keep(k, "result", outcome{body: []byte("{\"success\":true}\n"), settled: true})
	keep(k, "timeout", outcome{problem: problem.New(http.StatusGatewayTimeout, "result-timeout", "T", "d", "h"), settled: true})
	keep(k, "nothing was sent", outcome{problem: problem.New(http.StatusConflict, "bot-asleep", "T", "d", "h")})
	end()
	k, end = openKeys(t, folder)
	defer end()
	for key, want := range map[string]string{"result": "{\"success\":true}\n", "timeout": "T: d"} {
		o, replayed, err := k.do(context.Background(), key, sha256.Sum256(nil), never(t))
		got := string(o.body)
		if o.problem != nil {
			got = o.problem.Error()
		}
		if got != want || !replayed || err != nil {
			t.Errorf("%s: %q, %v, %v", key, got, replayed, err)
		}
	}
	if !once(k, "nothing was sent", 1) {
		t.Error("what was not settled is remembered")
	}
	if _, _, err := k.do(context.Background(), "result", sha256.Sum256([]byte("another")), never(t)); err != errKeyReused {
		t.Errorf("another request with the same key: %v", err)
	}
}

func TestWhatDiedWithTheDaemonIsNotCarriedOutAgain(t *testing.T) {
	folder := t.TempDir()
	k, end := openKeys(t, folder)
	a, _ := k.begin("a", sha256.Sum256(nil))
	if _, o := k.journal.begin("a", a); o.problem != nil {
		t.Fatal(o.problem)
	}
	end()
	for range 2 { // it stays so
		k, end = openKeys(t, folder)
		o, replayed, err := k.do(context.Background(), "a", sha256.Sum256(nil), never(t))
		if err != nil || !replayed || o.problem == nil || o.problem.Type != "urn:hermod:problem:outcome-unknown" ||
			!strings.Contains(string(o.problem.Result), `"ambiguous":true`) || !strings.Contains(o.problem.Hint, "look before") {
			t.Errorf("outcome is %+v, %v, %v", o.problem, replayed, err)
		}
		end()
	}
}

func TestWhatCannotBeNotedIsNotSent(t *testing.T) {
	k, end := openKeys(t, t.TempDir())
	end() // as good as a disk that is full
	o, _, err := k.do(context.Background(), "a", sha256.Sum256(nil), never(t))
	if err != nil || o.problem == nil || o.problem.Status != http.StatusServiceUnavailable || o.problem.RetryAfter == 0 ||
		!strings.Contains(o.problem.Detail, "nothing was sent") {
		t.Errorf("outcome is %+v, %v", o.problem, err)
	}
	if len(k.running) != 0 || k.done.Len() != 0 {
		t.Error("it is remembered")
	}
}

// kept are the keys in the file.
func kept(t *testing.T, k *keys) []string {
	t.Helper()
	found := make(map[string]bool)
	if err := k.journal.(*journal).store.Keys(func(key string, _ []byte) { found[key] = true }); err != nil {
		t.Error(err)
	}
	return slices.Sorted(maps.Keys(found))
}

func TestTheFileHoldsNoMoreKeysThanAreRemembered(t *testing.T) {
	folder := t.TempDir()
	k, end := openKeys(t, folder)
	k.done.Resize(2)
	for n := range 5 {
		once(k, fmt.Sprint(n), 1)
	}
	once(k, "3", 1)
	once(k, "5", 1)
	if got := kept(t, k); !slices.Equal(got, []string{"3", "5"}) {
		t.Errorf("the file has %v", got)
	}
	end()
	k, end = openKeys(t, folder)
	defer end()
	if k.done.Len() != 2 || k.bytes != 2 {
		t.Errorf("%d keys with %d bytes are remembered", k.done.Len(), k.bytes)
	}
}

func TestTheNextDaemonForgetsKeysThatAreTooOldOrDamaged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		folder := t.TempDir()
		k, end := openKeys(t, folder)
		once(k, "old", 1)
		time.Sleep(time.Hour)
		once(k, "new", 1)
		for key, value := range map[string]string{"empty": "", "short": "\x01", "unknown": "\x09" + strings.Repeat("x", 60), "no problem": "\x02" + strings.Repeat("x", 60)} {
			if err := k.journal.(*journal).store.SaveKey(context.Background(), key, []byte(value), nil); err != nil {
				t.Error(err)
			}
		}
		time.Sleep(keyLife - time.Hour)
		end()
		k, end = openKeys(t, folder)
		if got := kept(t, k); !slices.Equal(got, []string{"new"}) || once(k, "new", 1) || !once(k, "old", 1) {
			t.Errorf("the file has %v", got)
		}
		end()
	})
}

// A daemon that starts while the clock is ahead, or after a long rest, cannot tell which of them it was.
func TestAKeyIsNotForgottenSinceTheClockIsAheadAtTheStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		folder := t.TempDir()
		k, end := openKeys(t, folder)
		once(k, "a", 1)
		end()
		time.Sleep(1000 * time.Hour)
		k, end = openKeys(t, folder)
		defer end()
		if once(k, "a", 1) {
			t.Error("carried out once more")
		}
	})
}

// Daemons of before wrote down when a key ends by the wall clock.
func TestAKeyOfADaemonOfBeforeIsKnownForADayAtMost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		folder := t.TempDir()
		k, end := openKeys(t, folder)
		once(k, "a", 1)
		a := k.done.Values()[0]
		value := a.encoded(time.Now().Add(time.Hour).UnixNano())
		if err := k.journal.(*journal).store.SaveKey(t.Context(), "a", value, nil); err != nil {
			t.Fatal(err)
		}
		end()
		k, end = openKeys(t, folder)
		defer end()
		if once(k, "a", 1) {
			t.Error("carried out once more")
		}
		if time.Sleep(keyLife + time.Second); !once(k, "a", 1) {
			t.Error("remembered for longer than a day")
		}
	})
}

// A key makes room for others, and comes again before the file has forgotten it.
func TestAKeyThatComesAgainWhileItIsForgottenStaysNoted(t *testing.T) {
	k, end := openKeys(t, t.TempDir())
	defer end()
	once(k, "a", 1)
	k.mu.Lock()
	k.done.Remove("a") // it is dropped, and the next end tells the journal
	k.mu.Unlock()
	a, _ := k.begin("a", sha256.Sum256(nil))
	if _, o := k.journal.begin("a", a); o.problem != nil {
		t.Fatal(o.problem)
	}
	once(k, "b", 1)
	if got := kept(t, k); !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("the file has %v", got)
	}
}

func TestWithoutAFolderNothingIsNoted(t *testing.T) {
	k, end := openKeys(t, "")
	defer end()
	if once(k, "a", 1); k.journal.(*journal) != nil || once(k, "a", 1) {
		t.Error("noted, or not remembered")
	}
}
