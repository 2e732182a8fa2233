package api

import (
	_ "embed" // the description
	"errors"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strings"

	"hermod/cmd/hermod/internal/access"
	"hermod/cmd/hermod/internal/deliver"
	"hermod/cmd/hermod/internal/fleet"
	"hermod/cmd/hermod/internal/loglevel"
	"hermod/cmd/hermod/internal/problem"
	"hermod/cmd/hermod/internal/store"
	"hermod/cmd/hermod/internal/web"
)

// Description is the API's OpenAPI document.
//
//go:embed openapi.json
var Description []byte

// Options describe the API.
type Options struct {
	Fleet   *fleet.Fleet
	Streams *deliver.Streams
	// DeadLetters replay what Store keeps.
	DeadLetters *deliver.DeadLetters
	Store       *store.Store
	// Daemon tells how the daemon is.
	Daemon func() Daemon
	// Access keeps account of clients and knows what they may do.
	Access *access.Control
	Reload Reloader
	// Elsewhere answers a request for a bot that the fleet does not have, if another daemon does; nil is nobody.
	Elsewhere func(w http.ResponseWriter, r *http.Request, bot string) bool
	// Cluster is the one that the daemon is a node of; nil is none.
	Cluster Cluster
	// Shared keeps idempotency keys in a cluster; without it Store does.
	Shared Shared
	Levels *loglevel.Levels
	Logger *slog.Logger
}

// api serves requests.
type api struct {
	Options
	keys    *keys
	figures figures
}

// handler serves a request or says why not. What it returns has not been answered yet.
type handler func(w http.ResponseWriter, r *http.Request) error

// Mount serves the API on mux, under /v1/ and /openapi.json.
func Mount(mux *http.ServeMux, o Options) {
	var notes noter = newJournal(o.Store, o.Logger)
	if o.Shared != nil {
		notes = &sharedNotes{o.Shared, o.Logger}
	}
	a := &api{Options: o, keys: newKeys(notes)}
	a.figures.fleet = o.Fleet
	ofChat := map[string]handler{http.MethodGet: a.ofBot(chat)}
	for path, methods := range map[string]map[string]handler{
		"/openapi.json": {http.MethodGet: describe},
		"/v1/daemon":    {http.MethodGet: a.daemon},
		"/v1/events":    {http.MethodGet: a.events},
		"/v1/reload":    {http.MethodPost: a.reload},
		"/v1/log-level": {http.MethodGet: a.levels, http.MethodPut: a.setLevel,
			http.MethodDelete: a.resetLevel},
		"/v1/bots":                          {http.MethodGet: a.list},
		"/v1/bots/{bot}":                    {http.MethodGet: a.showAny},
		"/v1/bots/{bot}/enable":             {http.MethodPost: a.enable},
		"/v1/bots/{bot}/disable":            {http.MethodPost: a.disable},
		"/v1/bots/{bot}/reconnect":          {http.MethodPost: a.ofBot(a.order((*fleet.Bot).Reconnect))},
		"/v1/bots/{bot}/wake":               {http.MethodPost: a.ofBot(a.order((*fleet.Bot).Wake))},
		"/v1/bots/{bot}/sleep":              {http.MethodPost: a.ofBot(sleep)},
		"/v1/bots/{bot}/actions":            {http.MethodPost: a.ofBot(a.act)},
		"/v1/bots/{bot}/follow-ups":         {http.MethodPost: a.ofBot(a.followUp)},
		"/v1/bots/{bot}/interrupts":         {http.MethodPost: a.ofBot(interrupt)},
		chatPath:                            ofChat,
		"/v1/bots/{bot}/events":             {http.MethodGet: a.ofBot(a.stream)},
		"/v1/dead-letters":                  {http.MethodGet: a.letters},
		"/v1/dead-letters/export":           {http.MethodGet: a.export},
		"/v1/dead-letters/{letter}":         {http.MethodGet: a.ofLetter(showLetter)},
		"/v1/dead-letters/{letter}/replay":  {http.MethodPost: a.ofLetter(a.replay)},
		"/v1/dead-letters/{letter}/discard": {http.MethodPost: a.ofLetter(a.discard)},
		"/v1/bots/{bot}/log-level": {http.MethodPut: a.ofBot(a.setBotLevel),
			http.MethodDelete: a.ofBot(a.resetBotLevel)},
		"/v1/bots/{bot}/acks": {http.MethodPost: a.ofBot(a.acknowledge)},
	} {
		mux.Handle(path, a.serve(path, methods))
	}
	nothing := problem.New(http.StatusNotFound, "not-found", "No such resource",
		"nothing is served at this path", "see /openapi.json for what is")
	mux.Handle("/v1/", nothing)
	mux.Handle("/v1/bots/{bot}/chats/{$}", slash("chat", a.serve(chatPath, ofChat), nothing))
}

const chatPath = "/v1/bots/{bot}/chats/{chat}"

// serve dispatches by method, to clients that have the role, and answers with the problem that a handler returns.
func (a *api) serve(path string, methods map[string]handler) http.Handler {
	served := make(map[string]http.Handler)
	for method, serve := range methods {
		served[method] = a.Access.Route(needOf(method, path), a.answering(serve))
	}
	allow := strings.Join(slices.Sorted(maps.Keys(methods)), ", ")
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		method := r.Method
		if method == http.MethodHead {
			method = http.MethodGet
		}
		if serve := served[method]; serve != nil {
			serve.ServeHTTP(w, r)
			return
		}
		p := problem.New(http.StatusMethodNotAllowed, "method-not-allowed", "Method not allowed",
			"this path does not know "+r.Method, "use "+allow)
		p.Allow = allow
		p.ServeHTTP(w, r)
	})
}

func (a *api) answering(serve handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := serve(w, r); err != nil {
			a.refuse(w, r, err)
		}
	})
}

func (a *api) refuse(w http.ResponseWriter, r *http.Request, err error) {
	var p *problem.Problem
	if !errors.As(err, &p) {
		a.Logger.Error("the API failed", "method", r.Method, "path", r.URL.Path, "err", err)
		p = problem.New(http.StatusInternalServerError, "internal", "Internal error",
			"the daemon could not serve this request", "the log says why; please report it")
	}
	p.ServeHTTP(w, r)
}

// ofBot finds the bot that the path names.
func (a *api) ofBot(serve func(w http.ResponseWriter, r *http.Request, b *fleet.Bot) error) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		bot, ok := a.Fleet.Bot(r.PathValue("bot"))
		if !ok && a.Elsewhere != nil && a.Elsewhere(w, r, r.PathValue("bot")) {
			return nil
		}
		if !ok {
			return noBot()
		}
		return serve(w, r, bot)
	}
}

func noBot() error {
	return problem.New(http.StatusNotFound, "bot-not-found", "No such bot",
		"the configuration has no bot of this name", "GET /v1/bots lists them")
}

func describe(w http.ResponseWriter, _ *http.Request) error {
	web.Send(w, http.StatusOK, web.JSONType, Description)
	return nil
}
