package deliver

import (
	"bytes"
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

// deadLetterPatience is how long a dead letter is posted to its URL before it is kept here.
const deadLetterPatience = time.Minute

// webhook posts a bot's deliveries. Each is posted again and again, until it is taken or retryFor is over; then the
// relay's own tries follow, a post each, and the dead letter.
type webhook struct {
	bot         string
	events      *endpoint
	deadLetters *endpoint // nil when they have no URL of their own
	retryFor    time.Duration
	log         *slog.Logger
	tally       tally
	kept        *DeadLetters // nil keeps nothing
	hand        inHand
	health      webhookHealth
	subcommands []string
}

func (w *Ways) newWebhook(_ context.Context, t fleet.Target) (fleet.Deliverer, error) {
	made, err := makeWebhook(t.Bot.Name(), t.Config.Deliver.Webhook, w.poster, t.Logger, t.Report)
	if err != nil {
		return nil, err
	}
	made.kept, made.subcommands = w.DeadLetters, t.Config.Session.Subcommands()
	made.kept.enlist(made.bot, made)
	return made, nil
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
	return w.deliver(ctx, d.Event, from.ID, record.Inbound(from, d, w.subcommands...), d.Try)
}

// Passthrough posts a forwarded request.
func (w *webhook) Passthrough(ctx context.Context, d *actors.Passthrough) error {
	defer w.take()()
	from := passthroughOrigin(w.bot, d)
	return w.deliver(ctx, d.Forward, from.ID, record.Passthrough(from, d), d.Try)
}

func (w *webhook) deliver(ctx context.Context, delivery any, id string, line []byte, try int) error {
	err := w.events.deliver(ctx, id, line, w.patience(try-1))
	if inVain := new(inVainError); errors.As(err, &inVain) {
		w.tally.add(delivery, inVain.posts, inVain.since)
	} else if err == nil {
		w.tally.take(delivery)
	}
	return err
}

// Interrupt posts an interrupt, for as long as it can be of use.
func (w *webhook) Interrupt(ctx context.Context, i wire.InterruptInbound) {
	from := interruptOrigin(w.bot)
	patience := min(interruptPatience, w.retryFor)
	if err := w.events.deliver(ctx, from.ID, record.Interrupt(from, i), patience); err != nil {
		w.log.Warn("an interrupt did not reach the webhook", "session", i.SessionKey, "err", err)
	}
}

// DeadLetter settles what was given up: the URL for dead letters takes it, or it is kept. A frame that could not be
// decoded is posted like an event first.
func (w *webhook) DeadLetter(ctx context.Context, d *actors.DeadLetter) error {
	defer w.take()()
	from, done := deadLetterOrigin(w.bot, d), w.tally.take(deliveryOf(d))
	var err error
	switch {
	case w.deadLetters != nil:
		err = w.deadLetters.deliver(ctx, from.ID, record.DeadLetter(from, d), min(deadLetterPatience, w.retryFor))
	case d.Tries == 0:
		err = w.events.deliver(ctx, from.ID, record.DeadLetter(from, d), w.retryFor)
	default:
		return w.kept.keep(ctx, w.bot, d, done.since, done.posts, w.subcommands...)
	}
	if err == nil || ctx.Err() != nil {
		return err
	}
	if unkept := w.kept.keep(ctx, w.bot, d, done.since, done.posts, w.subcommands...); unkept != nil {
		return errors.Join(unkept, err)
	}
	return nil
}

// deliveryOf is what a delivery is counted by.
func deliveryOf(d *actors.DeadLetter) any {
	if d.Event != nil {
		return d.Event
	}
	return d.Forward
}

// replay posts a record once.
func (w *webhook) replay(ctx context.Context, id string, line []byte) error {
	until, _ := ctx.Deadline()
	return w.events.try(ctx, id, bytes.TrimSuffix(line, []byte("\n")), until)
}

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
	w.kept.dismiss(w.bot, w)
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
