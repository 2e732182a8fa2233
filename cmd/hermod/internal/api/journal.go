package api

import (
	"context"
	"encoding/binary"
	"log/slog"
	"net/http"
	"slices"
	"time"

	json "github.com/goccy/go-json"

	"hermod/cmd/hermod/internal/problem"
	"hermod/cmd/hermod/internal/store"
	"hermod/cmd/hermod/internal/web"
	"hermod/wire"
)

// journalTime bounds the wait for the disk.
const journalTime = 10 * time.Second

// journal keeps attempts with idempotency keys over a restart of the daemon: each before it is carried out, and with
// its outcome afterwards. What died with the daemon in between has an outcome that nobody knows.
type journal struct {
	store *store.Store
	log   *slog.Logger
}

// newJournal is nil without a folder to keep it in.
func newJournal(s *store.Store, log *slog.Logger) *journal {
	if s == nil || !s.Durable() {
		return nil
	}
	return &journal{s, log}
}

// begin notes that an attempt is about to be carried out. The outcome is a problem if that cannot be noted.
func (j *journal) begin(key string, a *attempt) outcome {
	if j == nil {
		return outcome{}
	}
	ctx, cancel := context.WithTimeout(context.Background(), journalTime)
	defer cancel()
	if err := j.store.SaveKey(ctx, key, a.encode(underWay), nil); err != nil {
		j.log.Error("an action was not carried out, since its idempotency key could not be kept", "err", err)
		p := problem.New(http.StatusServiceUnavailable, "key-not-kept", "The idempotency key cannot be kept",
			"the state folder cannot be written, so that a repeat could be carried out twice; nothing was sent",
			"try again; if it stays so, make room on the daemon's disk, or send the action without Idempotency-Key")
		p.RetryAfter = time.Second
		return outcome{problem: p}
	}
	return outcome{}
}

// end notes the outcome, or that there was none, and forgets other keys: those that dropped names when it is called, on
// the goroutine that writes. If that cannot be noted, the outcome is known
// as long as the daemon runs, and one that nobody knows afterwards.
func (j *journal) end(key string, a *attempt, dropped func() []string) {
	if j == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), journalTime)
	defer cancel()
	var err error
	switch {
	case !a.outcome.settled:
		err = j.store.ForgetKeys(ctx, func() []string { return append(dropped(), key) })
	case a.outcome.problem != nil:
		err = j.store.SaveKey(ctx, key, append(a.encode(failed), web.Encode(a.outcome.problem)...), dropped)
	default:
		err = j.store.SaveKey(ctx, key, append(a.encode(succeeded), a.outcome.body...), dropped)
	}
	if err != nil {
		j.log.Error("the outcome of an action with an idempotency key is not kept over a restart", "err", err)
	}
}

// entry is an attempt that a daemon before this one made.
type entry struct {
	key string
	*attempt
}

// load returns what is remembered, the oldest first.
func (j *journal) load() []entry {
	var entries []entry
	var useless []string
	err := j.store.Keys(func(key string, value []byte) {
		a := decodeAttempt(value)
		if a == nil || !time.Now().Before(a.expires) {
			useless = append(useless, key)
			return
		}
		entries = append(entries, entry{key, a})
	})
	if err == nil && len(useless) > 0 {
		ctx, cancel := context.WithTimeout(context.Background(), journalTime)
		defer cancel()
		err = j.store.ForgetKeys(ctx, func() []string { return useless })
	}
	if err != nil {
		j.log.Error("some idempotency keys are lost", "err", err)
	}
	slices.SortFunc(entries, func(a, b entry) int { return a.expires.Compare(b.expires) })
	return entries
}

// What the journal knows of an attempt, by its first byte. Eight bytes of when it expires follow, then what it stands
// for, and the outcome.
const (
	underWay = iota
	succeeded
	failed
)

func (a *attempt) encode(state byte) []byte {
	value := binary.BigEndian.AppendUint64([]byte{state}, uint64(a.expires.UnixNano()))
	return append(value, a.what[:]...)
}

// decodeAttempt returns nil for what is none.
func decodeAttempt(value []byte) *attempt {
	a := &attempt{ended: make(chan struct{})}
	close(a.ended)
	head := 1 + 8 + len(a.what)
	if len(value) < head {
		return nil
	}
	a.expires = time.Unix(0, int64(binary.BigEndian.Uint64(value[1:])))
	copy(a.what[:], value[1+8:])
	switch value[0] {
	case underWay:
		a.outcome = unknownOutcome()
	case succeeded:
		a.outcome = outcome{body: value[head:], settled: true}
	case failed:
		a.outcome = outcome{problem: new(problem.Problem), settled: true}
		if json.Unmarshal(value[head:], a.outcome.problem) != nil || a.outcome.problem.Status < http.StatusBadRequest {
			return nil
		}
	default:
		return nil
	}
	return a
}

// unknownOutcome is that of an action that was under way when the daemon died.
func unknownOutcome() outcome {
	const detail = "the daemon ended while the action was under way"
	p := problem.New(http.StatusBadGateway, "outcome-unknown", "Nobody knows what became of the action", detail, ambiguousHint)
	p.Result = wire.Failure(detail, true).AppendJSON(nil)
	return outcome{problem: p, settled: true}
}
