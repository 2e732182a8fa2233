package deliver

import (
	"net/http"

	"hermod/cmd/hermod/internal/config"
	"hermod/cmd/hermod/internal/fleet"
)

// Ways are the ways of delivery, with what all bots share. Make them with New.
type Ways struct {
	// Streams hold what waits for clients of the HTTP API.
	Streams *Streams
	posts   *http.Client
}

// New returns the ways of delivery. Close must follow.
func New() *Ways { return &Ways{Streams: newStreams(), posts: newPoster()} }

// Deliverers makes deliverers by the kind of delivery.
func (w *Ways) Deliverers() map[string]fleet.NewDeliverer {
	return map[string]fleet.NewDeliverer{
		config.KindWebhook: w.newWebhook, config.KindStream: w.Streams.newDeliverer, config.KindProcess: newProcess,
	}
}

// Close lets go of what outlives the bots. Call it after the fleet has closed.
func (w *Ways) Close() { w.posts.CloseIdleConnections() }
