package clustered

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"

	json "github.com/goccy/go-json"

	"hermod/cluster"
	"hermod/cmd/hermod/internal/access"
)

// Answer is cluster.Config's: another node asks for a part of the API, as it goes. A client that is named with a bot
// may do everything to it, any other may read, of the bots that it sees.
func (h *Host) Answer(ctx context.Context, q cluster.Request, w *cluster.AnswerWriter) error {
	return h.answer(ctx, q, w)
}

// asker is who takes an answer: what it is about, then its body.
type asker interface {
	Begin(meta map[string]string) error
	io.Writer
}

func (h *Host) answer(ctx context.Context, q cluster.Request, w asker) error {
	api := h.api.Load()
	if q.Method != method || api == nil {
		return errors.New("this node does not serve that yet")
	}
	request, err := requestOf(ctx, q)
	if err != nil {
		return err
	}
	if bot := q.Meta[":bot"]; bot != "" {
		request = access.AsPeer(request, q.Meta[":by"], bot)
	} else {
		var patterns []string
		if limit := q.Meta[":bots"]; limit != "" {
			if err := json.Unmarshal([]byte(limit), &patterns); err != nil || len(patterns) == 0 {
				return errors.New("the bots that the client sees are not named")
			}
		}
		request = access.AsPeerReader(request, q.Meta[":by"], patterns)
	}
	answer := &answering{to: w, header: make(http.Header)}
	(*api).ServeHTTP(answer, request)
	answer.WriteHeader(http.StatusOK) // if nothing was written
	return answer.failed
}

// requestOf is the request that another node passes on.
func requestOf(ctx context.Context, q cluster.Request) (*http.Request, error) {
	request, err := http.NewRequestWithContext(ctx, q.Meta[":method"], q.Meta[":path"], bytes.NewReader(q.Body))
	if err != nil {
		return nil, err
	}
	for _, name := range passed {
		if value := q.Meta[name]; value != "" {
			request.Header.Set(name, value)
		}
	}
	return request, nil
}

// answering is an answer on its way to another node. Nothing waits in it, so there is nothing to flush.
type answering struct {
	to     asker
	header http.Header
	begun  bool
	failed error
}

// Header implements http.ResponseWriter.
func (a *answering) Header() http.Header { return a.header }

// WriteHeader implements http.ResponseWriter.
func (a *answering) WriteHeader(status int) {
	if a.begun || status < http.StatusOK {
		return
	}
	a.begun = true
	meta := map[string]string{":status": strconv.Itoa(status)}
	for name := range a.header {
		meta[name] = a.header.Get(name)
	}
	a.failed = a.to.Begin(meta)
}

// Write implements http.ResponseWriter.
func (a *answering) Write(p []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	if a.failed != nil {
		return 0, a.failed
	}
	n, err := a.to.Write(p)
	a.failed = err
	return n, err
}

// FlushError implements what http.ResponseController asks for.
func (a *answering) FlushError() error { return a.failed }
