package deliver

import (
	"hermod/cmd/hermod/internal/config"
	"hermod/cmd/hermod/internal/downstream"
	"hermod/cmd/hermod/internal/fleet"
	"hermod/cmd/hermod/internal/store"
)

// Ways are the ways of delivery, with what all bots share. Make them with New.
type Ways struct {
	// Streams hold what waits for clients of the HTTP API.
	Streams *Streams
	// DeadLetters are the deliveries that failed for good.
	DeadLetters *DeadLetters
	poster      *poster
	gateways    *downstream.Server
}

// New returns the ways of delivery, which post to webhooks so many times at once at most. Close must follow.
func New(posts int) *Ways {
	w := &Ways{DeadLetters: newDeadLetters(), poster: newPoster(posts, nil)}
	w.Streams = newStreams(w.DeadLetters)
	return w
}

// KeepIn has dead letters kept in a store; until then none is. It is called once at most, before any bot starts.
func (w *Ways) KeepIn(s *store.Store) { w.DeadLetters.store = s }

// StayUpstream has what failed for good stay with the connector, unacknowledged, wherever that has it: the disk of the
// daemon may be lost. It is called once at most, before any bot starts.
func (w *Ways) StayUpstream() { w.DeadLetters.upstream = true }

// Posts says how busy the posting of webhooks is. It may be called from any goroutine.
func (w *Ways) Posts() PostFigures { return w.poster.figures() }

// Deliverers makes deliverers by the kind of delivery.
func (w *Ways) Deliverers() map[string]fleet.NewDeliverer {
	return map[string]fleet.NewDeliverer{
		config.KindWebhook: w.newWebhook, config.KindStream: w.Streams.newDeliverer, config.KindProcess: w.newProcess,
		config.KindRelay: w.newRelayed,
	}
}

// Close lets go of what outlives the bots. Call it after the fleet has closed.
func (w *Ways) Close() { w.poster.client.CloseIdleConnections() }
