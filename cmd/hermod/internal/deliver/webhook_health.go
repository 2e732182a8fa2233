package deliver

import (
	"sync"
	"time"

	"hermod/cmd/hermod/internal/fleet"
)

// webhookHealth has the fleet hear of what becomes of a bot's receiver.
type webhookHealth struct {
	report func(fleet.Health)
	stop   []func()

	mu   sync.Mutex // of last, and so that reports come one after the other
	last fleet.Health
}

const (
	hintFailing = "events wait and are delivered once the receiver takes them: see that it runs, can be reached from here " +
		"and answers 2xx"
	hintPaused  = "the receiver asked for this pause by Retry-After; events wait"
	hintStopped = "correct deliver.webhook.url, or reconnect the bot to try again"
)

// watch reports from now on how the receiver is, first if it does not work.
func (w *webhook) watch(report func(fleet.Health)) {
	w.health.report = report
	w.health.stop = []func(){w.events.host.circuit.watch(w.changed), w.events.address.circuit.watch(w.changed)}
	w.changed()
}

func (w *webhook) unwatch() {
	for _, stop := range w.health.stop {
		stop()
	}
}

// changed reports how the receiver is, unless that was said.
func (w *webhook) changed() {
	w.health.mu.Lock()
	defer w.health.mu.Unlock()
	now := w.Health()
	told := w.health.last
	told.Oldest = now.Oldest // not worth telling by itself
	if now != told {
		w.health.last = now
		w.health.report(now)
	}
}

// take notes a delivery; done is called once, when it is settled.
func (w *webhook) take() (done func()) {
	settled := w.hand.take()
	return func() {
		settled()
		if w.events.history.failing() {
			w.changed() // nothing may be left that fails
		}
	}
}

// Health implements fleet.HealthTeller. A receiver that refused what was given up since is not said to fail.
func (w *webhook) Health() fleet.Health {
	h := w.events.health()
	h.Oldest = w.hand.oldest()
	if h.State == fleet.Failing && h.Oldest.IsZero() && refusesTheDelivery(w.events.history.last()) {
		return fleet.Health{}
	}
	return h
}

// health is how the receiver is for this bot.
func (e *endpoint) health() fleet.Health {
	circuit := e.circuit()
	r := &e.history
	r.mu.Lock()
	defer r.mu.Unlock()
	h := fleet.Health{Since: r.since, Failures: r.failures}
	if r.err != nil {
		h.Err = r.err.Error()
	}
	switch {
	case r.gone:
		h.State, h.Err, h.Hint = fleet.Stopped, errGone.Error(), hintStopped
	case !r.over():
		h.State, h.Hint, h.NextProbe = fleet.Paused, hintPaused, r.resume
	case circuit.open:
		h.State, h.Hint, h.NextProbe = fleet.CircuitOpen, hintFailing, circuit.next
		if !h.NextProbe.After(time.Now()) {
			h.NextProbe = time.Time{} // it is under way, or goes with the next delivery
		}
		h.Err, h.Since, h.Failures = circuit.err.Error(), circuit.since, max(h.Failures, circuit.failures)
	case r.failures > 0:
		h.State, h.Hint = fleet.Failing, hintFailing
	}
	return h
}
