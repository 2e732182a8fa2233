package deliver

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/url"
	"sync/atomic"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"hermod/actors"
	"hermod/cmd/hermod/internal/config"
	"hermod/cmd/hermod/internal/fleet"
	"hermod/cmd/hermod/internal/record"
	"hermod/cmd/hermod/internal/web"
	"hermod/supervisor"
	"hermod/wire"
)

// interruptPatience is how long an interrupt is worth telling.
const interruptPatience = time.Minute

// webhookBackoff is the ladder of delays between the posts of one delivery.
var webhookBackoff = supervisor.Backoff{Base: time.Second, Max: time.Minute}

// webhook posts a bot's deliveries to a URL. Each is tried, with growing delays, until it is taken or retryFor is over;
// then the relay's own tries follow, and the dead letter.
type webhook struct {
	bot      string
	url      string
	receiver string // the scheme and the host of the URL
	signer   *standardwebhooks.Webhook
	poster   *poster
	timeout  time.Duration
	retryFor time.Duration
	log      *slog.Logger

	failing atomic.Bool // the last post failed, and the log says so
	gone    atomic.Bool // the receiver answered 410: nothing is posted any more
}

func (w *Ways) newWebhook(_ context.Context, t fleet.Target) (fleet.Deliverer, error) {
	return makeWebhook(t.Bot.Name(), t.Config.Deliver.Webhook, w.poster, t.Logger)
}

func makeWebhook(bot string, cfg *config.Webhook, poster *poster, log *slog.Logger) (*webhook, error) {
	key, err := cfg.Key()
	if err != nil {
		return nil, err
	}
	signer, err := standardwebhooks.NewWebhookRaw(key)
	if err != nil {
		return nil, err
	}
	parsed, err := url.Parse(cfg.URL)
	if err != nil {
		return nil, web.WithoutURL(err)
	}
	return &webhook{bot: bot, url: cfg.URL, receiver: parsed.Scheme + "://" + parsed.Host, signer: signer, poster: poster,
		timeout:  cfg.Timeout.Duration,
		retryFor: cfg.RetryFor.Duration, log: log}, nil
}

// Inbound posts an event.
func (w *webhook) Inbound(ctx context.Context, d *actors.Inbound) error {
	from := inboundOrigin(w.bot, d)
	return w.deliver(ctx, from.ID, record.Inbound(from, d), w.patience(d.Try-1))
}

// Passthrough posts a forwarded request.
func (w *webhook) Passthrough(ctx context.Context, d *actors.Passthrough) error {
	from := passthroughOrigin(w.bot, d)
	return w.deliver(ctx, from.ID, record.Passthrough(from, d), w.patience(d.Try-1))
}

// Interrupt posts an interrupt, for as long as it can be of use.
func (w *webhook) Interrupt(ctx context.Context, i wire.InterruptInbound) {
	from := interruptOrigin(w.bot)
	if err := w.deliver(ctx, from.ID, record.Interrupt(from, i), min(interruptPatience, w.retryFor)); err != nil {
		w.log.Warn("an interrupt did not reach the webhook", "session", i.SessionKey, "err", err)
	}
}

// DeadLetter posts what was given up.
func (w *webhook) DeadLetter(ctx context.Context, d *actors.DeadLetter) error {
	from := deadLetterOrigin(w.bot, d)
	return w.deliver(ctx, from.ID, record.DeadLetter(from, d), w.patience(d.Tries))
}

// Close has nothing to end: what was posted has been answered.
func (w *webhook) Close(context.Context) error { return nil }

// patience is how long to go on with a delivery that was tried so often before.
func (w *webhook) patience(tried int) time.Duration {
	if tried > 0 {
		return 0
	}
	return w.retryFor
}

// deliver posts until the receiver takes it, the patience is over, or ctx ends.
func (w *webhook) deliver(ctx context.Context, id string, record []byte, patience time.Duration) error {
	body := bytes.TrimSuffix(record, []byte("\n"))
	until := time.Now().Add(patience)
	for attempt := 1; ; attempt++ {
		if w.gone.Load() {
			return errGone
		}
		err := w.post(ctx, id, body)
		if err != nil && ctx.Err() != nil {
			return fmt.Errorf("post to the webhook: %w", ctx.Err())
		}
		w.note(err)
		if err == nil {
			return nil
		}
		delay := max(webhookBackoff.Delay(attempt, rand.Float64()), askedDelay(err))
		if err == errGone || time.Now().Add(delay).After(until) {
			return err
		}
		w.log.Debug("the webhook is tried again", "id", id, "attempt", attempt, "delay", delay, "err", err)
		select {
		case <-time.After(delay):
		case <-ctx.Done():
			return fmt.Errorf("post to the webhook: %w", ctx.Err())
		}
	}
}

// note logs when the webhook begins to fail, and when it works again.
func (w *webhook) note(err error) {
	switch {
	case err == errGone && w.gone.CompareAndSwap(false, true):
		w.log.Error("the webhook is gone; nothing is posted any more", "err", err)
	case err == nil && w.failing.CompareAndSwap(true, false):
		w.log.Info("the webhook takes deliveries again")
	case err != nil && w.failing.CompareAndSwap(false, true):
		w.log.Warn("the webhook did not take a delivery; it is tried again, with growing delays", "err", err)
	}
}
