package deliver

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"hermod/actors"
	"hermod/cmd/hermod/internal/config"
	"hermod/cmd/hermod/internal/fleet"
	"hermod/cmd/hermod/internal/record"
	"hermod/wire"
)

// interruptPatience is how long an interrupt is worth telling.
const interruptPatience = time.Minute

// webhook posts a bot's deliveries. Each is posted again and again, until it is taken or retryFor is over; then the
// relay's own tries follow, a post each, and the dead letter.
type webhook struct {
	bot         string
	events      *endpoint
	deadLetters *endpoint // nil when they have no URL of their own
	retryFor    time.Duration
	log         *slog.Logger
	hand        inHand
	health      webhookHealth
}

func (w *Ways) newWebhook(_ context.Context, t fleet.Target) (fleet.Deliverer, error) {
	return makeWebhook(t.Bot.Name(), t.Config.Deliver.Webhook, w.poster, t.Logger, t.Report)
}

func makeWebhook(bot string, cfg *config.Webhook, poster *poster, log *slog.Logger,
	report func(fleet.Health)) (*webhook, error) {
	w := &webhook{bot: bot, retryFor: cfg.RetryFor.Duration, log: log}
	var err error
	if w.events, err = newEndpoint(cfg.URL, cfg, poster, log, w.changed); err != nil {
		return nil, err
	}
	if cfg.DeadLetterURL != "" {
		if w.deadLetters, err = newEndpoint(cfg.DeadLetterURL, cfg, poster, log, func() {}); err != nil {
			w.events.close()
			return nil, err
		}
	}
	w.watch(report)
	return w, nil
}

// Inbound posts an event.
func (w *webhook) Inbound(ctx context.Context, d *actors.Inbound) error {
	defer w.take()()
	from := inboundOrigin(w.bot, d)
	return w.events.deliver(ctx, from.ID, record.Inbound(from, d), w.patience(d.Try-1))
}

// Passthrough posts a forwarded request.
func (w *webhook) Passthrough(ctx context.Context, d *actors.Passthrough) error {
	defer w.take()()
	from := passthroughOrigin(w.bot, d)
	return w.events.deliver(ctx, from.ID, record.Passthrough(from, d), w.patience(d.Try-1))
}

// Interrupt posts an interrupt, for as long as it can be of use.
func (w *webhook) Interrupt(ctx context.Context, i wire.InterruptInbound) {
	from := interruptOrigin(w.bot)
	patience := min(interruptPatience, w.retryFor)
	if err := w.events.deliver(ctx, from.ID, record.Interrupt(from, i), patience); err != nil {
		w.log.Warn("an interrupt did not reach the webhook", "session", i.SessionKey, "err", err)
	}
}

// DeadLetter posts what was given up: to the URL for dead letters, or else to the receiver, if it is there and the
// delivery itself may be what it refuses. One that works again should get the delivery, not its dead letter, so
// otherwise the delivery stays unacknowledged.
func (w *webhook) DeadLetter(ctx context.Context, d *actors.DeadLetter) error {
	defer w.take()()
	from := deadLetterOrigin(w.bot, d)
	switch {
	case w.deadLetters != nil:
		return w.deadLetters.deliver(ctx, from.ID, record.DeadLetter(from, d), w.retryFor)
	case d.Tries > 0 && !refusesTheDelivery(d.Err):
		return errNoDeadLetterURL
	}
	return w.events.deliver(ctx, from.ID, record.DeadLetter(from, d), w.patience(d.Tries))
}

var errNoDeadLetterURL = errors.New("its dead letter is not posted to the receiver that does not work; " +
	"deliver.webhook.dead_letter_url can name another one")

// refusesTheDelivery says that a receiver which answered so may take another delivery: it is there, and neither busy
// nor set up wrongly.
func refusesTheDelivery(err error) bool {
	refused := new(RefusedError)
	if !errors.As(err, &refused) {
		return false
	}
	switch refused.Status {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusMethodNotAllowed,
		http.StatusProxyAuthRequired, http.StatusRequestTimeout, http.StatusMisdirectedRequest, http.StatusTooEarly,
		http.StatusTooManyRequests:
		return false
	}
	return refused.Status/100 == 4 || refused.Status == http.StatusInternalServerError
}

// Close lets go of the receivers: what was posted has been answered.
func (w *webhook) Close(context.Context) error {
	w.unwatch()
	w.events.close()
	w.deadLetters.close()
	return nil
}

// patience is how long to go on with a delivery that was tried so often before.
func (w *webhook) patience(tried int) time.Duration {
	if tried > 0 {
		return 0
	}
	return w.retryFor
}
