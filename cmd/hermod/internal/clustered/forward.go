package clustered

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"time"

	"hermod/cluster"
	"hermod/cmd/hermod/internal/access"
	"hermod/cmd/hermod/internal/problem"
)

const (
	// method is the one that nodes know: a request of the HTTP API.
	method = "http"
	// patience bounds a request that is passed on, unless its client goes away before.
	patience = time.Minute
)

// passed are the headers that are passed on, beside those of the body.
var passed = []string{"Accept", "Content-Type", "Idempotency-Key", "Last-Event-Id", "Traceparent"}

// Forward serves requests for bots that run on other nodes.
type Forward struct{ Node *cluster.Node }

// Elsewhere answers a request for a bot that is not in the fleet here. It is false for one that the cluster does not
// know.
func (f Forward) Elsewhere(w http.ResponseWriter, r *http.Request, bot string) bool {
	view := f.Node.View()
	if view == nil {
		p := problem.New(http.StatusServiceUnavailable, "cluster-unreachable", "The cluster's store does not answer",
			"this node does not know yet which bots there are", "nothing was carried out: try again, or ask another node")
		p.RetryAfter = time.Second
		p.ServeHTTP(w, r)
		return true
	}
	if _, known := view.Bots[bot]; !known {
		return false
	}
	if p := f.pass(w, r, bot); p != nil {
		p.ServeHTTP(w, r)
	}
	return true
}

func (f Forward) pass(w http.ResponseWriter, r *http.Request, bot string) *problem.Problem {
	switch {
	case strings.HasPrefix(access.CallerOf(r).By(), "node:"): // it was passed on, and the bot has left meanwhile
		return failure(cluster.ErrNoOwner)
	case strings.HasSuffix(r.URL.Path, "/events"):
		return f.stream(w, r, bot)
	case f.Node.View().Disabled[bot] && !strings.HasSuffix(r.URL.Path, "/enable"):
		return disabled()
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, cluster.MaxBody))
	if err != nil {
		return problem.New(http.StatusRequestEntityTooLarge, "too-large", "The body is too large", err.Error(), "send less")
	}
	ctx, cancel := context.WithTimeout(r.Context(), patience)
	defer cancel()
	reply, err := f.Node.Call(ctx, bot, passing(r, bot, body))
	if err != nil {
		p := failure(err)
		p.Result = resultOf(r, err)
		return p
	}
	begin(w, reply.Meta)
	_, _ = w.Write(reply.Body)
	return nil
}

func disabled() *problem.Problem {
	return problem.New(http.StatusConflict, "bot-not-running", "The bot does not run", "an operator disabled it for the whole cluster",
		"enable the bot")
}

// failure is the problem for a request that brought no answer.
func failure(err error) *problem.Problem {
	hint := "nothing was carried out: try again"
	if failed := new(cluster.CallError); errors.As(err, &failed) && failed.Ambiguous {
		hint = "it may have been carried out: look before you send it again; a repeat with the same Idempotency-Key is not carried out twice"
	}
	status, kind := http.StatusBadGateway, "node-failed"
	switch {
	case errors.Is(err, cluster.ErrNoOwner):
		status, kind = http.StatusServiceUnavailable, "bot-moving"
	case errors.Is(err, context.DeadlineExceeded):
		status, kind = http.StatusGatewayTimeout, "node-timeout"
	case errors.Is(err, cluster.ErrTooLarge):
		status, kind = http.StatusRequestEntityTooLarge, "too-large"
	case errors.Is(err, cluster.ErrOverloaded):
		status, kind = http.StatusServiceUnavailable, "bot-busy"
	}
	p := problem.New(status, kind, "The bot's node did not answer", err.Error(), hint)
	if status == http.StatusServiceUnavailable {
		p.RetryAfter = time.Second
	}
	return p
}

// Serve implements cluster.Running: another node passes a request of the HTTP API on. Its client was admitted there.
func (r *running) Serve(ctx context.Context, q cluster.Request) (cluster.Reply, error) {
	api, in := r.host.api.Load(), r.host.fleet.Load()
	if q.Method != method || api == nil {
		return cluster.Reply{}, errors.New("this node does not know what is asked for")
	}
	if _, here := in.Bot(r.name); !here {
		return cluster.Reply{}, cluster.ErrNotRunning
	}
	request, err := requestOf(ctx, q)
	if err != nil {
		return cluster.Reply{}, err
	}
	answer := httptest.NewRecorder()
	(*api).ServeHTTP(answer, access.AsPeer(request, q.Meta[":by"], r.name))
	meta := map[string]string{":status": strconv.Itoa(answer.Code)}
	for name := range answer.Header() {
		meta[name] = answer.Header().Get(name)
	}
	return cluster.Reply{Meta: meta, Body: answer.Body.Bytes()}, nil
}
