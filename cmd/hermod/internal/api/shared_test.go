package api

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
)

// notes are a cluster's store, as two nodes see it.
type notes struct {
	mu    sync.Mutex
	noted map[string][]byte
	err   error
}

func (n *notes) Begin(_ context.Context, bot, key string, value []byte) ([]byte, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if before := n.noted[bot+"/"+key]; before != nil || n.err != nil {
		return before, n.err
	}
	n.noted[bot+"/"+key] = bytes.Clone(value)
	return nil, nil
}

func (n *notes) Finish(_ context.Context, bot, key string, begun, value []byte) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if !bytes.Equal(n.noted[bot+"/"+key], begun) {
		return errors.New("what was begun is not there")
	}
	if n.noted[bot+"/"+key] = value; value == nil {
		delete(n.noted, bot+"/"+key)
	}
	return nil
}

// twoNodes share what they note.
func twoNodes() (a, b *keys, shared *notes) {
	shared = &notes{noted: make(map[string][]byte)}
	log := slog.New(slog.DiscardHandler)
	return newKeys(&sharedNotes{shared, log}), newKeys(&sharedNotes{shared, log}), shared
}

func TestARepeatAtAnotherNodeIsNotCarriedOutAgain(t *testing.T) {
	a, b, shared := twoNodes()
	keep(a, "bot\x00k", outcome{body: []byte("done\n"), settled: true})
	o, replayed, err := b.do(context.Background(), "bot\x00k", sha256.Sum256(nil), never(t))
	if string(o.body) != "done\n" || !replayed || err != nil {
		t.Errorf("%q, %v, %v", o.body, replayed, err)
	}
	if _, _, err := b.do(context.Background(), "bot\x00k", sha256.Sum256([]byte("another")), never(t)); err != errKeyReused {
		t.Errorf("another request with the same key: %v", err)
	}
	keep(a, "bot\x00unsettled", outcome{problem: unknownOutcome("").problem})
	if len(shared.noted) != 1 || !once(b, "bot\x00unsettled", 1) {
		t.Error("what was not settled is remembered")
	}
}

func TestWhatDiedWithItsNodeHasAnOutcomeThatNobodyKnows(t *testing.T) {
	a, b, shared := twoNodes()
	dead, _ := a.begin("bot\x00k", sha256.Sum256(nil))
	if _, failed := a.journal.begin("bot\x00k", dead); failed.problem != nil {
		t.Fatal(failed.problem)
	}
	for range 2 {
		o, _, err := b.do(context.Background(), "bot\x00k", sha256.Sum256(nil), never(t))
		if err != nil || o.problem == nil || !strings.HasSuffix(o.problem.Type, "outcome-unknown") {
			t.Errorf("%+v, %v", o, err)
		}
	}
	shared.noted["bot/newer"] = []byte("of a newer version")
	if o, _, _ := b.do(context.Background(), "bot\x00newer", sha256.Sum256(nil), never(t)); o.problem == nil {
		t.Errorf("what cannot be read: %+v", o)
	}
}

func TestAResultTooLargeForTheClusterIsNotCarriedOutAgain(t *testing.T) {
	a, b, shared := twoNodes()
	keep(a, "bot\x00k", outcome{body: make([]byte, maxSharedOutcome), settled: true})
	if n := len(shared.noted["bot/k"]); n > 100 {
		t.Errorf("%d bytes are kept", n)
	}
	o, _, _ := b.do(context.Background(), "bot\x00k", sha256.Sum256(nil), never(t))
	if o.problem == nil || !strings.Contains(o.problem.Detail, "too large") {
		t.Errorf("%+v", o)
	}
}

func TestAKeyThatTheClusterDoesNotTakeIsNotCarriedOut(t *testing.T) {
	a, _, shared := twoNodes()
	shared.err = errors.New("etcd is away")
	o, _, _ := a.do(context.Background(), "bot\x00k", sha256.Sum256(nil), never(t))
	if o.problem == nil || !strings.HasSuffix(o.problem.Type, "key-not-kept") || o.problem.RetryAfter == 0 {
		t.Errorf("%+v", o)
	}
	shared.err = nil
	if !once(a, "bot\x00k", 1) {
		t.Error("it is not carried out later either")
	}
}
