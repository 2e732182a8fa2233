package api

import (
	"errors"
	"net/http"

	"hermod/cmd/hermod/internal/fleet"
)

func (a *api) show(w http.ResponseWriter, _ *http.Request, b *fleet.Bot) error {
	return answer(w, http.StatusOK, a.botOf(b, b.Status()))
}

// order gives a bot an order and answers with how the bot is right after it took it.
func (a *api) order(give func(*fleet.Bot)) func(http.ResponseWriter, *http.Request, *fleet.Bot) error {
	return func(w http.ResponseWriter, _ *http.Request, b *fleet.Bot) error {
		give(b)
		return answer(w, http.StatusAccepted, a.botOf(b, b.Status()))
	}
}

// lasting gives a bot an order that outlives the daemon, and answers once it does.
func (a *api) lasting(give func(*fleet.Bot)) func(http.ResponseWriter, *http.Request, *fleet.Bot) error {
	return func(w http.ResponseWriter, r *http.Request, b *fleet.Bot) error {
		give(b)
		now := b.Status() // the order was taken, and is on its way to the disk
		if err := a.Store.Flush(r.Context()); err != nil && r.Context().Err() == nil {
			return notKept("the order was carried out, but the next start of the daemon will not know of it", err)
		}
		return answer(w, http.StatusAccepted, a.botOf(b, now))
	}
}

func sleep(w http.ResponseWriter, r *http.Request, b *fleet.Bot) error {
	asleep, err := b.Sleep(r.Context())
	switch {
	case errors.Is(err, fleet.ErrNotRunning):
		return notRunning(b.Status())
	case err != nil:
		return nil // the client has gone
	}
	return answer(w, http.StatusOK, map[string]bool{"asleep": asleep})
}
