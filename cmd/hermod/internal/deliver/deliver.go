package deliver

import (
	"hermod/cmd/hermod/internal/config"
	"hermod/cmd/hermod/internal/fleet"
)

// Ways are the ways of delivery, with what all bots share. Make them with New.
type Ways struct {
	// Streams hold what waits for clients of the HTTP API.
	Streams *Streams
	poster  *poster
}

// New returns the ways of delivery, which post to webhooks so many times at once at most. Close must follow.
func New(posts int) *Ways { return &Ways{Streams: newStreams(), poster: newPoster(posts, nil)} }

// Posts says how busy the posting of webhooks is. It may be called from any goroutine.
func (w *Ways) Posts() PostFigures { return w.poster.figures() }

// Deliverers makes deliverers by the kind of delivery.
func (w *Ways) Deliverers() map[string]fleet.NewDeliverer {
	return map[string]fleet.NewDeliverer{
		config.KindWebhook: w.newWebhook, config.KindStream: w.Streams.newDeliverer, config.KindProcess: newProcess,
	}
}

// Close lets go of what outlives the bots. Call it after the fleet has closed.
func (w *Ways) Close() { w.poster.client.CloseIdleConnections() }
