package api

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	json "github.com/goccy/go-json"

	"hermod/cmd/hermod/internal/deliver"
	"hermod/cmd/hermod/internal/problem"
	"hermod/cmd/hermod/internal/store"
	"hermod/cmd/hermod/internal/web"
)

// How many dead letters a page has, and how much of an export is read at once, at least one letter.
const (
	defaultLetters = 100
	maxLetters     = 1000
	exportLetters  = 64
	exportBytes    = 1 << 20
)

// DeadLetter is a delivery that failed for good, as clients see it. Lists have no record.
type DeadLetter struct {
	ID      string          `json:"id"`
	Bot     string          `json:"bot"`
	Kind    string          `json:"kind"`
	Session string          `json:"session_key,omitempty"`
	Cause   string          `json:"cause"`
	Tries   int             `json:"tries"`
	First   string          `json:"first"`
	Last    string          `json:"last"`
	Bytes   int             `json:"bytes"`
	Record  json.RawMessage `json:"record,omitempty"`
}

func deadLetterOf(l store.Letter) DeadLetter {
	return DeadLetter{ID: l.ID, Bot: l.Bot, Kind: l.Kind, Session: l.Session, Cause: l.Cause, Tries: l.Tries,
		First: moment(l.First), Last: moment(l.Last), Bytes: l.Size, Record: bytes.TrimSpace(l.Record)}
}

// deadLetters is a page of them, the newest first.
type deadLetters struct {
	DeadLetters []DeadLetter `json:"dead_letters"`
	Next        string       `json:"next,omitempty"`
	// Total and Bytes are those of all that are kept, whatever the page leaves out.
	Total int `json:"total"`
	Bytes int `json:"bytes"`
	// Durable says that they outlive the daemon.
	Durable bool `json:"durable"`
}

// letters answers with a page.
func (a *api) letters(w http.ResponseWriter, r *http.Request) error {
	p := store.Page{Bot: r.URL.Query().Get("bot"), Letters: defaultLetters}
	var err error
	if p.Before, err = letterCursor(r); err != nil {
		return err
	}
	if asked := r.URL.Query().Get("limit"); asked != "" {
		if p.Letters, err = strconv.Atoi(asked); err != nil || p.Letters < 1 || p.Letters > maxLetters {
			return problem.New(http.StatusBadRequest, "invalid-limit", "Invalid limit",
				fmt.Sprintf("limit is not a number from 1 to %d", maxLetters), "leave it out, and follow next for more letters")
		}
	}
	found, next, err := a.Store.List(p)
	if err != nil {
		return err
	}
	now := a.Store.Figures()
	page := deadLetters{DeadLetters: make([]DeadLetter, 0, len(found)), Total: now.Letters, Bytes: now.Bytes,
		Durable: a.Store.Durable()}
	for _, l := range found {
		page.DeadLetters = append(page.DeadLetters, deadLetterOf(l))
	}
	if next != 0 {
		page.Next = fmt.Sprintf("%016x", next)
	}
	return answer(w, http.StatusOK, page)
}

// letterCursor is where the page before ended, 0 for the first.
func letterCursor(r *http.Request) (uint64, error) {
	cursor := r.URL.Query().Get("cursor")
	if cursor == "" {
		return 0, nil
	}
	before, err := strconv.ParseUint(cursor, 16, 64)
	if err != nil || len(cursor) != 16 {
		return 0, problem.New(http.StatusBadRequest, "invalid-cursor", "Invalid cursor",
			"cursor is not one that a page had as next", "leave it out for the first page")
	}
	return before, nil
}

// export answers with all letters and their records, one a line. It reads a few at a time: whoever reads slowly holds
// no more than those.
func (a *api) export(w http.ResponseWriter, r *http.Request) error {
	p := store.Page{Bot: r.URL.Query().Get("bot"), Letters: exportLetters, Bytes: exportBytes, Records: true}
	found, next, err := a.Store.List(p)
	if err != nil {
		return err
	}
	f := startFeed(w, "application/x-ndjson")
	for {
		for _, l := range found {
			f.line(append(web.Encode(deadLetterOf(l)), '\n'))
		}
		if f.flush() != nil || next == 0 || r.Context().Err() != nil {
			return nil
		}
		p.Before = next
		if found, next, err = a.Store.List(p); err != nil {
			a.Logger.Error("the export of dead letters ends early", "err", err)
			panic(http.ErrAbortHandler) // the client must not take it for complete
		}
	}
}

// ofLetter finds the dead letter that the path names.
func (a *api) ofLetter(serve func(http.ResponseWriter, *http.Request, store.Letter) error) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		l, there, err := a.Store.Letter(r.PathValue("letter"))
		if err != nil {
			return err
		}
		if !there {
			return noDeadLetter()
		}
		return serve(w, r, l)
	}
}

func noDeadLetter() error {
	return problem.New(http.StatusNotFound, "dead-letter-not-found", "No such dead letter",
		"no dead letter of this id is kept", "it may have been replayed, discarded or dropped; list those that are kept")
}

func showLetter(w http.ResponseWriter, _ *http.Request, l store.Letter) error {
	return answer(w, http.StatusOK, deadLetterOf(l))
}

// replay delivers a letter once more and answers with what came of it.
func (a *api) replay(w http.ResponseWriter, r *http.Request, l store.Letter) error {
	err := a.DeadLetters.Replay(r.Context(), l.ID, a.Logger)
	kept := new(deliver.NotRemovedError)
	switch {
	case err == nil:
		return answer(w, http.StatusOK, map[string]bool{"delivered": true})
	case errors.Is(err, deliver.ErrNoDeadLetter):
		return noDeadLetter()
	case errors.Is(err, deliver.ErrNobodyDelivers):
		return problem.New(http.StatusConflict, "bot-not-running", "The bot does not run", err.Error(),
			"enable or repair the bot, then replay the letter; a bot that left the configuration takes nothing any more")
	case errors.Is(err, deliver.ErrReplaying):
		return problem.New(http.StatusConflict, "replay-under-way", "A replay is under way", err.Error(), "wait for its outcome")
	case errors.Is(err, deliver.ErrTooManyReplays):
		p := problem.New(http.StatusServiceUnavailable, "too-many-replays", "Too many replays", err.Error(), "try again in a moment")
		p.RetryAfter = time.Second
		return p
	case errors.As(err, &kept):
		return problem.New(http.StatusServiceUnavailable, "not-kept", "Delivered, but still there", err.Error(),
			"make room on the daemon's disk, then discard the letter")
	case r.Context().Err() != nil:
		return nil // the client has gone
	case errors.Is(err, context.DeadlineExceeded):
		return problem.New(http.StatusGatewayTimeout, "replay-timeout", "Nobody took the letter in time", err.Error(),
			"see that something takes the bot's deliveries, then try again")
	}
	return problem.New(http.StatusBadGateway, "replay-failed", "The letter was not taken", err.Error(),
		"repair what takes the bot's deliveries, then try again")
}

// discard throws a letter away.
func (a *api) discard(w http.ResponseWriter, r *http.Request, l store.Letter) error {
	there, err := a.Store.Discard(r.Context(), l.ID)
	switch {
	case r.Context().Err() != nil:
		return nil // the client has gone
	case err != nil:
		return notKept("the dead letter is still there", err)
	case !there:
		return noDeadLetter()
	}
	a.Logger.Info("a dead letter was discarded", "bot", l.Bot, "id", l.ID)
	return answer(w, http.StatusOK, map[string]bool{"discarded": true})
}

// notKept says that the disk did not take what was asked for.
func notKept(what string, err error) error {
	return problem.New(http.StatusServiceUnavailable, "not-kept", "The state folder cannot be written",
		what+": "+err.Error(), "make room on the daemon's disk, and look at its log; then try again")
}
