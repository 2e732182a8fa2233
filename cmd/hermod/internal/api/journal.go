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

// begin implements noter. What was noted before is known since load.
func (j *journal) begin(key string, a *attempt) (before *attempt, failed outcome) {
	if j == nil {
		return nil, outcome{}
	}
	ctx, cancel := context.WithTimeout(context.Background(), journalTime)
	defer cancel()
	if err := j.store.SaveKey(ctx, key, a.encode(underWay, j.until(a)), nil); err != nil {
		j.log.Error("an action was not carried out, since its idempotency key could not be kept", "err", err)
		p := problem.New(http.StatusServiceUnavailable, "key-not-kept", "The idempotency key cannot be kept",
			"the state folder cannot be written, so that a repeat could be carried out twice; nothing was sent",
			"try again; if it stays so, make room on the daemon's disk, or send the action without Idempotency-Key")
		p.RetryAfter = time.Second
		return nil, outcome{problem: p}
	}
	return nil, outcome{}
}

// end implements noter; dropped is called on the goroutine that writes. If that cannot be noted, the outcome is known
// as long as the daemon runs, and one that nobody knows afterwards.
func (j *journal) end(key string, a *attempt, dropped func() []string) {
	if j == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), journalTime)
	defer cancel()
	var err error
	if a.outcome.settled {
		err = j.store.SaveKey(ctx, key, a.encoded(j.until(a)), dropped)
	} else {
		err = j.store.ForgetKeys(ctx, func() []string { return append(dropped(), key) })
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

// load implements noter.
func (j *journal) load() []entry {
	if j == nil {
		return nil
	}
	var entries []entry
	var useless []string
	age := j.store.Age()
	err := j.store.Keys(func(key string, value []byte) {
		a, until := decodeAttempt(value)
		left := min(time.Duration(until)-age, keyLife) // files of before had it by the wall clock, which is far beyond
		if a == nil || left <= 0 {
			useless = append(useless, key)
			return
		}
		a.expires = time.Now().Add(left)
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

// until is when an attempt expires, as the file has it: by the age of the store, since a clock that is ahead when the
// daemon starts must not have it carry out again what a client repeats.
func (j *journal) until(a *attempt) int64 { return int64(j.store.Age() + time.Until(a.expires)) }

// What the journal knows of an attempt, by its first byte. Eight bytes of when it expires follow, as whoever keeps it
// counts, then what it stands for, and the outcome.
const (
	underWay = iota
	succeeded
	failed
	outcomeTooLarge
)

func (a *attempt) encode(state byte, until int64) []byte {
	value := binary.BigEndian.AppendUint64([]byte{state}, uint64(until))
	return append(value, a.what[:]...)
}

// encoded is an attempt with its outcome.
func (a *attempt) encoded(until int64) []byte {
	if a.outcome.problem != nil {
		return append(a.encode(failed, until), web.Encode(a.outcome.problem)...)
	}
	return append(a.encode(succeeded, until), a.outcome.body...)
}

// decodeAttempt returns an attempt and until when it counts, and nil for what is none.
func decodeAttempt(value []byte) (a *attempt, until int64) {
	a = &attempt{ended: make(chan struct{})}
	close(a.ended)
	head := 1 + 8 + len(a.what)
	if len(value) < head {
		return nil, 0
	}
	until = int64(binary.BigEndian.Uint64(value[1:]))
	copy(a.what[:], value[1+8:])
	switch value[0] {
	case underWay:
		a.outcome = unknownOutcome("the daemon ended while the action was under way")
	case outcomeTooLarge:
		a.outcome = unknownOutcome("the action was carried out, but its result was too large to be kept for other nodes")
	case succeeded:
		a.outcome = outcome{body: value[head:], settled: true}
	case failed:
		a.outcome = outcome{problem: new(problem.Problem), settled: true}
		if json.Unmarshal(value[head:], a.outcome.problem) != nil || a.outcome.problem.Status < http.StatusBadRequest {
			return nil, 0
		}
	default:
		return nil, 0
	}
	return a, until
}

// unknownOutcome is that of an action that nobody knows the end of, and why.
func unknownOutcome(detail string) outcome {
	p := problem.New(http.StatusBadGateway, "outcome-unknown", "Nobody knows what became of the action", detail, ambiguousHint)
	p.Result = wire.Failure(detail, true).AppendJSON(nil)
	return outcome{problem: p, settled: true}
}
