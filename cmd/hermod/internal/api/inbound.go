package api

import (
	"errors"
	"net/http"
	"time"

	"hermod/cmd/hermod/internal/config"
	"hermod/cmd/hermod/internal/deliver"
	"hermod/cmd/hermod/internal/fleet"
	"hermod/cmd/hermod/internal/problem"
)

// readAtOnce is how many records are written before the client's connection is looked at again.
const readAtOnce = 64

// maxAcks bounds the body of an acknowledgement, in bytes; maxAckIDs how many ids it holds.
const (
	maxAcks   = 256 << 10
	maxAckIDs = 4096
)

// stream serves what a bot receives, until the client goes or the bot leaves.
func (a *api) stream(w http.ResponseWriter, r *http.Request, b *fleet.Bot) error {
	if err := mustStream(b); err != nil {
		return err
	}
	form, ok := negotiate(r.Header.Values("Accept"))
	if !ok {
		return problem.New(http.StatusNotAcceptable, "not-acceptable", "No such form of the stream",
			"the stream has no form that the header Accept allows", "accept text/event-stream or application/x-ndjson")
	}
	reader, err := a.Streams.Of(b).Read(cursor(r))
	if errors.Is(err, deliver.ErrTooManyReaders) {
		return problem.New(http.StatusConflict, "too-many-readers", "Too many readers", err.Error(),
			"end another reader of this stream; one that has gone is noticed within a minute")
	}
	if err != nil {
		return err
	}
	defer reader.Close()
	if r.Method == http.MethodHead {
		w.Header().Set("Content-Type", form.contentType)
		return nil
	}
	f := startFeed(w, form.contentType)
	for {
		items, news := reader.Next(readAtOnce)
		for _, item := range items {
			form.write(f, item)
		}
		if f.flush() != nil {
			return nil
		}
		if len(items) == readAtOnce {
			continue
		}
		select {
		case <-news:
		case <-time.After(heartbeat):
			if mustStream(b) != nil {
				f.end(form, EndChanged)
				return nil
			}
			f.line(form.heartbeat)
		case <-b.Done():
			f.end(form, EndLeft)
			return nil
		case <-r.Context().Done():
			return nil
		}
	}
}

// mustStream refuses bots that deliver in another way.
func mustStream(b *fleet.Bot) error {
	kind := ""
	if cfg := b.Config(); cfg != nil {
		kind = cfg.Deliver.Kind()
	}
	if kind == config.KindStream {
		return nil
	}
	return problem.New(http.StatusConflict, "not-streamed", "The bot has no stream",
		"the bot delivers by "+kind, "set deliver: {stream: {}} for it")
}

// cursor is where the client wants to go on: what a reconnecting event source sends, or the query.
func cursor(r *http.Request) string {
	if last := r.Header.Get("Last-Event-ID"); last != "" {
		return last
	}
	return r.URL.Query().Get("cursor")
}

// acknowledge settles deliveries of a stream.
func (a *api) acknowledge(w http.ResponseWriter, r *http.Request, b *fleet.Bot) error {
	if err := mustStream(b); err != nil {
		return err
	}
	var body struct {
		IDs []string `json:"ids"`
	}
	if err := decode(w, r, maxAcks, &body, "ids"); err != nil {
		return err
	}
	if len(body.IDs) == 0 || len(body.IDs) > maxAckIDs {
		return badBody(`"ids" is not a list of 1 to 4096 ids`, `send for example {"ids":["evt_…"]}`)
	}
	unknown := a.Streams.Of(b).Acknowledge(body.IDs)
	return answer(w, http.StatusOK, acknowledged{Acknowledged: len(body.IDs) - len(unknown), Unknown: append([]string{},
		unknown...)})
}

// acknowledged tells how many ids were waited for, and which ones were not.
type acknowledged struct {
	Acknowledged int      `json:"acknowledged"`
	Unknown      []string `json:"unknown"`
}
