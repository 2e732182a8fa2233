package deliver

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/url"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"hermod/cmd/hermod/internal/config"
	"hermod/cmd/hermod/internal/web"
	"hermod/supervisor"
)

// postBackoff is the ladder of delays between the posts of one delivery.
var postBackoff = supervisor.Backoff{Base: time.Second, Max: time.Minute}

// endpoint is a URL that a bot's deliveries are posted to, and how its receiver answered so far. Make one with
// newEndpoint; close must follow.
type endpoint struct {
	url     string
	origin  string // the scheme and the host of the URL
	signer  *standardwebhooks.Webhook
	poster  *poster
	host    *host
	address *address
	timeout time.Duration
	longest time.Duration // of the pauses that the receiver may ask for
	log     *slog.Logger
	history history
	changed func() // the history says something else
}

func newEndpoint(target string, cfg *config.Webhook, poster *poster, log *slog.Logger,
	changed func()) (*endpoint, error) {
	key, err := cfg.Key()
	if err != nil {
		return nil, err
	}
	signer, err := standardwebhooks.NewWebhookRaw(key)
	if err != nil {
		return nil, err
	}
	parsed, err := url.Parse(target)
	if err != nil {
		return nil, web.WithoutURL(err)
	}
	e := &endpoint{url: target, origin: parsed.Scheme + "://" + parsed.Host, signer: signer, poster: poster,
		timeout: cfg.Timeout.Duration, longest: cfg.RetryFor.Duration, log: log, changed: changed}
	e.host, e.address = poster.receivers.join(e.origin, target)
	return e, nil
}

// close lets go of what the endpoints of a receiver share. It may be called on nil.
func (e *endpoint) close() {
	if e != nil {
		e.history.close()
		e.poster.receivers.part(e.origin, e.url)
	}
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
	until, posts := begun.Add(patience), 0
	for attempt := 1; ; attempt++ {
		err := e.try(ctx, id, body, until)
		if keptBack := new(keptBackError); !errors.As(err, &keptBack) {
			posts++
		}
		left := time.Until(until)
		switch {
		case err != nil && ctx.Err() != nil:
			return fmt.Errorf("post to the webhook: %w", ctx.Err())
		case err == nil:
			return nil
		case err == errGone, left <= 0:
			return &inVainError{err, posts, begun}
		}
		delay := min(e.delay(attempt), left)
		e.log.Debug("the webhook is tried again", "id", id, "attempt", attempt, "delay", delay, "err", err)
		select {
		case <-time.After(delay):
		case <-ctx.Done():
			return fmt.Errorf("post to the webhook: %w", ctx.Err())
		}
	}
}

// delay is how long a delivery that was not taken stands back. At an open circuit it waits with the others instead, and
// goes as soon as one of them was taken.
func (e *endpoint) delay(attempt int) time.Duration {
	if e.circuit().open {
		return e.history.pause()
	}
	return max(postBackoff.Delay(attempt, rand.Float64()), e.history.pause())
}

// try makes one post when its turn has come, unless the receiver asked for none.
func (e *endpoint) try(ctx context.Context, id string, body []byte, until time.Time) error {
	p, err := e.enter(ctx, until)
	if err != nil {
		return err
	}
	if err := e.history.refuses(); err != nil {
		e.abandon(p)
		return err
	}
	err = e.post(ctx, id, body)
	if err != nil && ctx.Err() != nil {
		e.abandon(p)
		return err
	}
	e.settle(p, id, err)
	e.note(err)
	return err
}

// note keeps what the receiver asks for, and logs when it begins to fail and when it works again.
func (e *endpoint) note(err error) {
	switch e.history.note(err, e.longest, e.changed) {
	case nothingNew:
		return
	case isGone:
		e.log.Error("the webhook is gone; nothing is posted any more", "err", err)
	case worksAgain:
		e.log.Info("the webhook takes deliveries again")
	case beginsToFail:
		e.log.Warn("the webhook did not take a delivery; it is tried again, with growing delays", "err", err)
	}
	e.changed()
}
