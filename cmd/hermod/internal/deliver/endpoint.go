package deliver

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/url"
	"sync/atomic"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"hermod/cmd/hermod/internal/config"
	"hermod/cmd/hermod/internal/web"
	"hermod/supervisor"
)

// postBackoff is the ladder of delays between the posts of one delivery.
var postBackoff = supervisor.Backoff{Base: time.Second, Max: time.Minute}

// endpoint is a URL that a bot's deliveries are posted to, and how its receiver answered so far.
type endpoint struct {
	url      string
	receiver string // the scheme and the host of the URL
	signer   *standardwebhooks.Webhook
	poster   *poster
	timeout  time.Duration
	longest  time.Duration // of the pauses that the receiver may ask for
	log      *slog.Logger

	failing atomic.Bool               // the last post failed, and the log says so
	gone    atomic.Bool               // the receiver answered 410: nothing is posted any more
	resume  atomic.Pointer[time.Time] // when the pause that the receiver asked for ends; nil when it asked for none
}

func newEndpoint(address string, cfg *config.Webhook, poster *poster, log *slog.Logger) (*endpoint, error) {
	key, err := cfg.Key()
	if err != nil {
		return nil, err
	}
	signer, err := standardwebhooks.NewWebhookRaw(key)
	if err != nil {
		return nil, err
	}
	parsed, err := url.Parse(address)
	if err != nil {
		return nil, web.WithoutURL(err)
	}
	return &endpoint{url: address, receiver: parsed.Scheme + "://" + parsed.Host, signer: signer, poster: poster,
		timeout: cfg.Timeout.Duration, longest: cfg.RetryFor.Duration, log: log}, nil
}

// inVainError says how often a delivery was posted, and since when, until it was left at that.
type inVainError struct {
	error
	posts int
	since time.Time
}

func (e *inVainError) Unwrap() error { return e.error }

// deliver posts until the receiver takes it, the patience is over, or ctx ends. Otherwise than by ctx it ends with an
// *inVainError.
func (e *endpoint) deliver(ctx context.Context, id string, record []byte, patience time.Duration) error {
	body := bytes.TrimSuffix(record, []byte("\n"))
	begun := time.Now()
	until := begun.Add(patience)
	for attempt := 1; ; attempt++ {
		err := e.try(ctx, id, body)
		left := time.Until(until)
		switch {
		case err != nil && ctx.Err() != nil:
			return fmt.Errorf("post to the webhook: %w", ctx.Err())
		case err == nil:
			return nil
		case err == errGone, left <= 0:
			return &inVainError{err, attempt, begun}
		}
		delay := min(max(postBackoff.Delay(attempt, rand.Float64()), e.pause()), left)
		e.log.Debug("the webhook is tried again", "id", id, "attempt", attempt, "delay", delay, "err", err)
		select {
		case <-time.After(delay):
		case <-ctx.Done():
			return fmt.Errorf("post to the webhook: %w", ctx.Err())
		}
	}
}

// try makes one post when its turn has come, unless the receiver asked for none.
func (e *endpoint) try(ctx context.Context, id string, body []byte) error {
	leave, err := e.poster.gate.enter(ctx, e.receiver)
	if err != nil {
		return err
	}
	defer leave()
	switch {
	case e.gone.Load():
		return errGone
	case e.pause() > 0:
		return fmt.Errorf("the receiver asked for no posts until %s", e.resume.Load().UTC().Format(time.RFC3339))
	}
	err = e.post(ctx, id, body)
	if err == nil || ctx.Err() == nil {
		e.note(err)
	}
	return err
}

// pause is how long nothing is to be posted.
func (e *endpoint) pause() time.Duration {
	if resume := e.resume.Load(); resume != nil {
		return time.Until(*resume)
	}
	return 0
}

// note keeps what the receiver asks for, and logs when it begins to fail and when it works again.
func (e *endpoint) note(err error) {
	if refused := new(RefusedError); errors.As(err, &refused) && refused.RetryAfter > 0 {
		resume := time.Now().Add(min(refused.RetryAfter, e.longest))
		e.resume.Store(&resume)
	}
	switch {
	case err == errGone && e.gone.CompareAndSwap(false, true):
		e.log.Error("the webhook is gone; nothing is posted any more", "err", err)
	case err == nil && e.failing.CompareAndSwap(true, false):
		e.log.Info("the webhook takes deliveries again")
	case err != nil && e.failing.CompareAndSwap(false, true):
		e.log.Warn("the webhook did not take a delivery; it is tried again, with growing delays", "err", err)
	}
}
