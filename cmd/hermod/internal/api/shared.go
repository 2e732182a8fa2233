package api

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"hermod/cmd/hermod/internal/problem"
)

// Shared keeps what became of requests with idempotency keys where every node of a cluster finds it, since bots move
// and disks are lost. Its methods may be called from any goroutine.
type Shared interface {
	// Begin notes value under a bot's key, if this node has the bot. before is what was noted there already, by
	// whichever node: then nothing changed.
	Begin(ctx context.Context, bot, key string, value []byte) (before []byte, err error)
	// Finish replaces what was begun; nil forgets it.
	Finish(ctx context.Context, bot, key string, begun, value []byte) error
}

// maxSharedOutcome bounds the outcome that is kept of one action, in bytes; of a larger one only that it was carried
// out.
const maxSharedOutcome = 16 << 10

// sharedNotes implements noter.
type sharedNotes struct {
	Shared
	log *slog.Logger
}

// load implements noter: keys are looked up when they are used.
func (*sharedNotes) load() []entry { return nil }

// begin implements noter.
func (n *sharedNotes) begin(key string, a *attempt) (before *attempt, failed outcome) {
	ctx, cancel := context.WithTimeout(context.Background(), journalTime)
	defer cancel()
	bot, name, _ := strings.Cut(key, "\x00")
	a.begun = a.encode(underWay, a.expires.UnixNano())
	noted, err := n.Begin(ctx, bot, name, a.begun)
	if err != nil {
		n.log.Warn("an action was not carried out, since its idempotency key could not be kept", "bot", bot, "err", err)
		p := problem.New(http.StatusServiceUnavailable, "key-not-kept", "The idempotency key cannot be kept",
			"the cluster's store did not take it, so that a repeat could be carried out twice; nothing was sent",
			"try again; if it stays so, look after etcd, or send the action without Idempotency-Key")
		p.RetryAfter = time.Second
		return nil, outcome{problem: p}
	}
	if noted == nil {
		return nil, outcome{}
	}
	if before, _ = decodeAttempt(noted); before == nil { // of a newer version
		before = &attempt{what: a.what, outcome: unknownOutcome("what another node noted of the action cannot be read here")}
	}
	return before, outcome{}
}

// end implements noter. The keys of other requests end by themselves.
func (n *sharedNotes) end(key string, a *attempt, _ func() []string) {
	ctx, cancel := context.WithTimeout(context.Background(), journalTime)
	defer cancel()
	var value []byte
	until := a.expires.UnixNano() // etcd forgets it; this is for people
	if a.outcome.settled {
		if value = a.encoded(until); len(value) > maxSharedOutcome {
			value = a.encode(outcomeTooLarge, until)
		}
	}
	bot, name, _ := strings.Cut(key, "\x00")
	if err := n.Finish(ctx, bot, name, a.begun, value); err != nil {
		n.log.Warn("the outcome of an action with an idempotency key is known to this node only", "bot", bot, "err", err)
	}
}
