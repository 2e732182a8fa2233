package actors_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"hermod/actors"
	"hermod/wire"
)

// simRequest is one call of Send.
type simRequest struct {
	name     string
	seen     int    // how often the connector got the whole frame
	conn     int    // over which connection
	first    string // the message id of its first answer
	returned bool
	safe     bool // the caller was told that it may send again
}

// noticeable is how long a relay may take to see that its connection has ended.
const noticeable = 2 * time.Second

// seen judges that the connector got a request and returns it.
func (l *simLedger) seen(name string, conn int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	r := l.requests[name]
	l.noted("conn %d ▶ request %s", conn, name)
	r.conn = conn
	if r.seen++; r.seen > 1 {
		l.faulty("the connector got the request %s %d times", name, r.seen)
	}
	if r.safe {
		l.faulty("the request %s reached the connector after its caller was told that it had not", name)
	}
}

// answered notes that an answer goes out over a connection, and returns its message id. An answer over another
// connection than the request's is too late for anybody.
func (l *simLedger) answered(name string, n, conn int) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	r := l.requests[name]
	id := fmt.Sprintf("answer %d of %s over %d", n, name, conn)
	l.noted("conn %d ◀ %s", conn, id)
	if r.first == "" && conn == r.conn {
		r.first = id
	}
	return id
}

// send performs one request and judges its outcome.
func (r *simRun) send(ctx context.Context, name string, size int, patience time.Duration) error {
	l := r.ledger
	l.mu.Lock()
	l.requests[name] = &simRequest{name: name}
	l.noted("send %s, %d bytes, patience %v", name, size, patience)
	l.mu.Unlock()
	begun := time.Now()
	if patience > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, patience)
		defer cancel()
	}
	content := fmt.Sprintf("%s %*s", name, size, "")
	over := ctx.Err() != nil
	result, err := r.relay.Send(ctx, wire.NewSend("c0", content))
	l.outcome(name, result, err, time.Since(begun), r.cfg.OutboundTimeout)
	if over && (err == nil || result.Ambiguous) {
		l.fault("the request %s was sent for a context that was over: %v", name, err)
	}
	return err
}

// outcome judges what a caller of Send was told, and when.
func (l *simLedger) outcome(name string, result wire.Result, err error, took, timeout time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	r := l.requests[name]
	l.noted("request %s ends after %v: %q, %v", name, took, result.MessageID, err)
	if r.returned {
		l.faulty("the request %s resolved twice", name)
	}
	r.returned = true
	if took > timeout {
		l.faulty("the request %s took %v", name, took)
	}
	switch {
	case err == nil:
		if r.seen != 1 || result.Success && result.MessageID != r.first {
			l.faulty("the request %s got %q instead of %q", name, result.MessageID, r.first)
		}
	case result.Success || result.Error == "":
		l.faulty("the request %s failed with %v, but its result says %+v", name, err, result)
	case errors.Is(err, actors.ErrTimeout):
		if took != timeout {
			l.faulty("the request %s timed out after %v", name, took)
		}
		if over, ended := l.over[r.conn]; ended && time.Since(over) > noticeable && !l.deaf {
			l.faulty("the request %s waited for a connection that was over", name)
		}
	case !result.Ambiguous:
		r.safe = true
		if r.seen > 0 {
			l.faulty("the request %s reached the connector, but its caller was told %v", name, err)
		}
	}
	cut := errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
	free := errors.Is(err, actors.ErrClosed) || cut && took == 0 // it may have ended before anything was sent
	if ambiguous := errors.Is(err, actors.ErrTimeout) || errors.Is(err, actors.ErrConnectionLost) ||
		cut; ambiguous != result.Ambiguous && !free {
		l.faulty("the request %s ended with %v, ambiguous: %v", name, err, result.Ambiguous)
	}
}
