package deliver

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"hermod/actors"
	"hermod/cmd/hermod/internal/record"
	"hermod/cmd/hermod/internal/store"
)

// Why a dead letter is not replayed.
var (
	// ErrNoDeadLetter: there is none of this id.
	ErrNoDeadLetter = errors.New("there is no such dead letter")
	// ErrNobodyDelivers: the dead letter's bot does not run.
	ErrNobodyDelivers = errors.New("the bot does not run, so nobody takes its deliveries")
	// ErrReplaying: it is being replayed already.
	ErrReplaying = errors.New("the dead letter is being replayed already")
	// ErrTooManyReplays: MaxReplays run.
	ErrTooManyReplays = errors.New("too many dead letters are being replayed")
)

// NotRemovedError says that a dead letter was delivered, and is still kept all the same.
type NotRemovedError struct{ Err error }

// Error says why.
func (e *NotRemovedError) Error() string {
	return "it was delivered, but is still kept: " + e.Err.Error()
}

// Unwrap returns the cause.
func (e *NotRemovedError) Unwrap() error { return e.Err }

const (
	// MaxReplays is how many replays may run at once.
	MaxReplays = 64
	// replayTime bounds one.
	replayTime = 45 * time.Second
)

// replayer is a deliverer that can deliver a record once more, in one try.
type replayer interface {
	replay(ctx context.Context, id string, line []byte) error
}

// DeadLetters keep deliveries that failed for good, and deliver them once more. Its methods may be called from any
// goroutine.
type DeadLetters struct {
	store    *store.Store // nil keeps nothing
	upstream bool         // what the connector has as well is not kept

	mu        sync.Mutex
	replayers map[string]replayer // of the bots that run
	replaying map[string]bool     // by id
}

func newDeadLetters() *DeadLetters {
	return &DeadLetters{replayers: make(map[string]replayer), replaying: make(map[string]bool)}
}

var (
	errNotKept  = errors.New("dead letters are not kept")
	errVolatile = errors.New("it stays with the connector, since a dead letter would be forgotten when the daemon " +
		"ends; name a state folder to have it kept (state in the configuration)")
	errUpstream = errors.New("it stays with the connector, since a dead letter would be lost with this node's disk; " +
		"repair the receiver, name a dead_letter_url, or write dead_letters: node into the cluster's file")
)

// keep has a delivery kept, so that it may be settled. A receiver that does not work should get it and not lose it to a
// restart of the daemon: without a folder to keep it in it stays unsettled.
func (k *DeadLetters) keep(
	ctx context.Context, bot string, d *actors.DeadLetter, first time.Time, posts int, subcommands ...string,
) error {
	switch {
	case k == nil || k.store == nil:
		return errNotKept
	case !k.store.Durable() && d.Tries > 0 && !refusesTheDelivery(d.Err):
		return errVolatile
	case k.upstream && d.BufferID != "":
		return errUpstream
	}
	l := letterOf(bot, d, subcommands)
	l.Tries, l.First, l.Last = max(posts, d.Tries, 1), first, time.Now()
	if l.First.IsZero() {
		l.First = l.Last
	}
	if err := k.store.Keep(ctx, l); err != nil {
		return fmt.Errorf("keep the dead letter: %w", err)
	}
	return nil
}

// letterOf has the id and the record of the delivery itself; for what could not be decoded, those of its dead letter.
func letterOf(bot string, d *actors.DeadLetter, subcommands []string) store.Letter {
	l := store.Letter{Bot: bot, Session: d.SessionKey, Cause: d.Err.Error()}
	var from record.Origin
	switch {
	case d.Event != nil:
		in := &actors.Inbound{Relay: d.Relay, Event: d.Event, SessionKey: d.SessionKey, BufferID: d.BufferID}
		from = inboundOrigin(bot, in)
		l.Kind, l.Record = "inbound", record.Inbound(from, in, subcommands...)
	case d.Forward != nil:
		forward := &actors.Passthrough{Relay: d.Relay, Forward: d.Forward, BufferID: d.BufferID}
		from = passthroughOrigin(bot, forward)
		l.Kind, l.Record = "passthrough", record.Passthrough(from, forward)
	default:
		from = deadLetterOrigin(bot, d)
		l.Kind, l.Record = "dead_letter", record.DeadLetter(from, d)
	}
	l.ID = from.ID
	return l
}

// enlist notes the deliverer of a bot that runs, until dismiss.
func (k *DeadLetters) enlist(bot string, r replayer) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.replayers[bot] = r
}

// dismiss forgets a deliverer, unless another one has taken its place.
func (k *DeadLetters) dismiss(bot string, r replayer) {
	if k == nil {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.replayers[bot] == r {
		delete(k.replayers, bot)
	}
}

// Replay delivers a dead letter once more, in one try of up to 45 s, and takes it out when that succeeds. The receiver
// gets it under the same id. The error is one of those above, a *NotRemovedError, ctx's, or why nobody took it, which
// is noted in the letter.
func (k *DeadLetters) Replay(ctx context.Context, id string, log *slog.Logger) error {
	if k.store == nil {
		return ErrNoDeadLetter
	}
	letter, there, err := k.store.Letter(id)
	if err != nil {
		return err
	}
	if !there {
		return ErrNoDeadLetter
	}
	r, err := k.begin(letter.Bot, id)
	if err != nil {
		return err
	}
	defer k.end(id)
	once, cancel := context.WithTimeout(ctx, replayTime)
	defer cancel()
	lasting := context.WithoutCancel(ctx) // what came of it is worth keeping, whoever waits for it
	if err := r.replay(once, id, letter.Record); err != nil {
		log.Warn("a dead letter was replayed in vain", "bot", letter.Bot, "id", id, "err", err)
		return errors.Join(err, k.store.Failed(lasting, id, err.Error()))
	}
	log.Info("a dead letter was replayed", "bot", letter.Bot, "id", id)
	if _, err := k.store.Replayed(lasting, id); err != nil {
		return &NotRemovedError{err}
	}
	return nil
}

func (k *DeadLetters) begin(bot, id string) (replayer, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	r := k.replayers[bot]
	switch {
	case k.replaying[id]:
		return nil, ErrReplaying
	case len(k.replaying) >= MaxReplays:
		return nil, ErrTooManyReplays
	case r == nil:
		return nil, ErrNobodyDelivers
	}
	k.replaying[id] = true
	return r, nil
}

func (k *DeadLetters) end(id string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.replaying, id)
}
