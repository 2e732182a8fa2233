package clustered

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"time"

	"hermod/cluster"
	"hermod/cmd/hermod/internal/access"
	"hermod/cmd/hermod/internal/api"
	"hermod/cmd/hermod/internal/problem"
)

const (
	// streamPatience is how long a client waits for a node to run the bot whose stream it wants.
	streamPatience = 10 * time.Second
	// againPause is the pause before the bot's node is asked again.
	againPause = 100 * time.Millisecond
	// farewell is what a node may take to end a stream after it gave the bot up.
	farewell = time.Second
	// pieceSize is how much of a stream is passed on at once, in bytes.
	pieceSize = 32 << 10
)

// errMoved: the bot is not where its stream comes from any more.
var errMoved = errors.New("the bot has left its node")

// stream passes a bot's stream on from the node that runs it, until either side ends it or the bot leaves that node.
// What is read of it is what the client takes, so a slow one slows its stream only.
func (f Forward) stream(w http.ResponseWriter, r *http.Request, bot string) *problem.Problem {
	ctx, cancel := context.WithCancelCause(r.Context())
	defer cancel(nil)
	begin, late := context.WithTimeout(ctx, streamPatience)
	defer late()
	for {
		news := f.Node.News()
		view := f.Node.View()
		if view.Disabled[bot] {
			return disabled()
		}
		failed := error(cluster.ErrNoOwner)
		if node, _, epoch, owned := view.Owner(bot); owned {
			answer, err := f.Node.Ask(ctx, node, passing(r, bot, nil))
			if err == nil && answer.Meta[":status"] != strconv.Itoa(http.StatusServiceUnavailable) {
				defer func() { _ = answer.Close() }()
				ended := make(chan struct{})
				go func() {
					defer close(ended)
					f.watch(ctx, bot, epoch, cancel)
				}()
				pass(ctx, w, answer.Meta, answer)
				cancel(nil)
				<-ended
				return nil
			}
			if err == nil {
				_ = answer.Close() // it does not run the bot yet, or no longer
			} else {
				failed = err
			}
		}
		select {
		case <-news:
		case <-time.After(againPause):
		case <-begin.Done():
			return failure(failed)
		}
	}
}

// passing is a request for a bot, to be carried out by its node in the name of a client that was admitted here.
func passing(r *http.Request, bot string, body []byte) cluster.Request {
	meta := map[string]string{":method": r.Method, ":path": r.URL.RequestURI(), ":by": access.CallerOf(r).By(), ":bot": bot}
	for _, name := range passed {
		if value := r.Header.Get(name); value != "" {
			meta[name] = value
		}
	}
	return cluster.Request{Method: method, Meta: meta, Body: body}
}

// watch ends a stream whose bot has left the node that runs it by this claim, once that had time to say so itself.
func (f Forward) watch(ctx context.Context, bot string, epoch int64, end context.CancelCauseFunc) {
	for {
		news := f.Node.News()
		_, _, now, owned := f.Node.View().Owner(bot)
		if !owned || now != epoch {
			break
		}
		select {
		case <-news:
		case <-f.Node.Left():
			end(errMoved)
			return
		case <-ctx.Done():
			return
		}
	}
	select {
	case <-time.After(farewell):
		end(errMoved)
	case <-ctx.Done():
	}
}

// pass writes an answer as it comes. A stream that breaks off between two records gets an end record.
func pass(ctx context.Context, w http.ResponseWriter, meta map[string]string, answer io.Reader) {
	begin(w, meta)
	control := http.NewResponseController(w)
	buffer := make([]byte, pieceSize)
	tail, end := "", recordEnds[meta["Content-Type"]]
	for {
		if control.Flush() != nil {
			return
		}
		n, err := answer.Read(buffer)
		if n > 0 {
			tail = last(tail+string(buffer[max(0, n-len(end)):n]), len(end))
			if _, failed := w.Write(buffer[:n]); failed != nil {
				return
			}
		}
		switch {
		case err == nil:
			continue
		case errors.Is(err, io.EOF) || tail != "" && tail != end: // whole, or broken off within a record
		case errors.Is(context.Cause(ctx), errMoved):
			api.EndStream(w, meta["Content-Type"], api.EndMoved)
		default:
			api.EndStream(w, meta["Content-Type"], api.EndLost)
		}
		return
	}
}

// recordEnds is what each record of a stream ends with.
var recordEnds = map[string]string{"text/event-stream": "\n\n", "application/x-ndjson": "\n"}

func last(text string, n int) string { return text[max(0, len(text)-n):] }

// begin writes the head of an answer.
func begin(w http.ResponseWriter, meta map[string]string) {
	for name, value := range meta {
		if name[0] != ':' {
			w.Header().Set(name, value)
		}
	}
	status, _ := strconv.Atoi(meta[":status"])
	w.WriteHeader(max(status, http.StatusOK))
}
