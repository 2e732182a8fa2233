package daemon

import (
	"net/http"
	"strings"
	"time"

	"hermod/cmd/hermod/internal/access"
	"hermod/cmd/hermod/internal/api"
	"hermod/cmd/hermod/internal/clustered"
	"hermod/cmd/hermod/internal/page"
	"hermod/cmd/hermod/internal/problem"
	"hermod/cmd/hermod/internal/web"
	"hermod/gateway/boot"
)

// probes is what the server serves before the first configuration is applied. Whatever it said of bots by then would be
// wrong.
func (d *Daemon) probes() *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", d.answerHealth)
	mux.HandleFunc("GET /readyz", d.answerReadiness)
	starting := problem.New(http.StatusServiceUnavailable, "starting", "The daemon is starting",
		"the configuration is being applied", "try again in a moment; GET /readyz says when")
	starting.RetryAfter = time.Second
	mux.Handle("/", starting)
	return mux
}

// routes is everything that is served at http.listen.
func (d *Daemon) routes() http.Handler {
	mux := http.NewServeMux()
	d.mountWatched(mux)
	mux.Handle(wakePath, d.wakeHandler())
	options := api.Options{Fleet: d.fleet, Streams: d.ways.Streams, DeadLetters: d.ways.DeadLetters, Store: d.store,
		Daemon: d.describe, Access: d.control, Reload: d.askReload, Levels: d.levels, Logger: d.log}
	if d.part != nil {
		options.Elsewhere = clustered.Forward{Node: d.part.node}.Elsewhere
		options.Cluster = d.part.everywhere
	}
	api.Mount(mux, options)
	page.Mount(mux)
	mux.Handle("GET /debug/pprof/", d.control.Route(access.Need{Role: access.Admin}, d.observer.Profiles()))
	return d.observer.Middleware(mux)
}

// metricsRoutes is what is served at metrics.listen.
func (d *Daemon) metricsRoutes() http.Handler {
	mux := http.NewServeMux()
	d.mountWatched(mux)
	mux.Handle("/", problem.New(http.StatusNotFound, "not-found", "No such resource",
		"this address serves metrics and probes only", "use /metrics, /healthz or /readyz here, and http.listen for the rest"))
	return d.observer.Middleware(mux)
}

// mountWatched serves what monitoring asks for.
func (d *Daemon) mountWatched(mux *http.ServeMux) {
	mux.HandleFunc("GET /healthz", d.answerHealth)
	mux.HandleFunc("GET /readyz", d.answerReadiness)
	mux.Handle("GET /metrics", d.control.Route(access.Need{Role: access.Metrics}, d.observer.Metrics()))
}

// describe is the daemon as the API shows it.
func (d *Daemon) describe() api.Daemon {
	now := d.health.report.Load()
	return api.Daemon{Version: d.opts.Version, Ready: now.Ready, Stopping: now.Stopping, ConfigError: now.ConfigError,
		Bots: now.Bots, DeadLetters: d.store.Figures().Letters, StateKept: d.store.Durable()}
}

// isOpen lets probes and the page's static files through without a token, which tell nothing of the bots, and
// connectors that wake them by a signature.
func isOpen(r *http.Request) bool {
	switch r.URL.Path {
	case "/", "/healthz", "/readyz":
		return true
	case wakePath:
		return boot.IsSignedWake(r)
	}
	return strings.HasPrefix(r.URL.Path, "/assets/")
}

// isShared says which requests a page of another origin may make: probes, and links to the daemon's own page.
func isShared(r *http.Request) bool {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return false
	}
	switch r.URL.Path {
	case "/":
		return r.Header.Get("Sec-Fetch-Mode") == "navigate" && r.Header.Get("Sec-Fetch-Dest") == "document"
	case "/healthz", "/readyz":
		return true
	}
	return false
}

// answerHealth says whether the daemon is worth keeping: 200, or 503 when it should be restarted.
func (d *Daemon) answerHealth(w http.ResponseWriter, _ *http.Request) {
	if !d.health.alive() {
		web.SendJSON(w, http.StatusServiceUnavailable, map[string]string{"status": "the fleet does not answer"})
		return
	}
	web.SendJSON(w, http.StatusOK, map[string]string{"status": "alive"})
}

// answerReadiness says whether the first configuration is in force: 200, or 503 with what is missing.
func (d *Daemon) answerReadiness(w http.ResponseWriter, _ *http.Request) {
	now := d.health.report.Load()
	status := http.StatusOK
	if !now.Ready {
		status = http.StatusServiceUnavailable
	}
	web.SendJSON(w, status, now)
}
