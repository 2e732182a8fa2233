package observe

import (
	"context"
	"log/slog"
	"regexp"
	"runtime"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"hermod/cmd/hermod/internal/config"
	"hermod/cmd/hermod/internal/deliver"
	"hermod/cmd/hermod/internal/fleet"
)

// Options describe an observer.
type Options struct {
	// Config returns the configuration in force, nil before the first. It is called for every scrape and request.
	Config func() *config.Config
	// ConfigError returns why the last reload changed nothing, "" when it did not fail.
	ConfigError func() string
	// Version and Commit are the program's.
	Version, Commit string
	// Environ is the environment, as os.Environ gives it: OTEL_ variables adjust tracing.
	Environ []string
	// Logger gets what goes wrong with sending traces.
	Logger *slog.Logger
}

// Observer measures and traces a fleet. Its methods may be called from any goroutine. It implements fleet.Observer.
type Observer struct {
	opts       Options
	registry   *prometheus.Registry // of all but the fleet
	exposition *exposition          // nil until there is a fleet
	directory  *directory
	handlers   *handlerMetrics
	benches    sync.Map // of *bench, by platform and way of delivery
	outbound   *prometheus.HistogramVec
	http       *prometheus.HistogramVec
	tracing    *tracing
}

var _ fleet.Observer = (*Observer)(nil)

// New makes an observer. Traces go where the configuration of this moment says; a later one does not change that. The
// error says what is wrong with the settings of tracing. End it with Close.
func New(opts Options) (*Observer, error) {
	o := &Observer{opts: opts, registry: prometheus.NewRegistry(), directory: &directory{config: opts.Config},
		handlers: newHandlerMetrics(), outbound: newOutboundMetrics(), http: newHTTPMetrics()}
	var err error
	if o.tracing, err = startTracing(opts); err != nil {
		return nil, err
	}
	live := collectors.GoRuntimeMetricsRule{Matcher: regexp.MustCompile("^/gc/heap/live:bytes$")}
	o.registry.MustRegister(collectors.NewGoCollector(collectors.WithGoCollectorRuntimeMetrics(live)),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		o.handlers.durations, o.handlers.running, o.outbound, o.http, o.buildInfo(), o.reloads(), secretAges{opts.Config})
	return o, nil
}

// Watch has every scrape read this fleet. It must be called once at most.
func (o *Observer) Watch(f *fleet.Fleet) {
	o.exposition = newExposition(o.registry, newCollector(o.directory, f.Statuses))
}

// WatchPosts has every scrape ask how busy the posting of webhooks is. It must be called once at most.
func (o *Observer) WatchPosts(figures func() deliver.PostFigures) {
	for name, gauge := range map[string]struct {
		help  string
		value func(deliver.PostFigures) int
	}{
		"hermod_webhook_posts_running": {"Posts to webhooks under way.",
			func(f deliver.PostFigures) int { return f.Running }},
		"hermod_webhook_posts_waiting": {"Posts that wait for their turn, because their receiver or all receivers are busy.",
			func(f deliver.PostFigures) int { return f.Waiting }},
		"hermod_webhook_posts_free": {"How many more posts may run; receivers share them.",
			func(f deliver.PostFigures) int { return f.Free }},
		"hermod_webhook_circuits_open": {"Receivers of webhooks, and URLs at receivers, that fail and get one post at a time.",
			func(f deliver.PostFigures) int { return f.Open }},
	} {
		o.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: gauge.help},
			func() float64 { return float64(gauge.value(figures())) }))
	}
}

// Close sends the traces that wait, until ctx ends.
func (o *Observer) Close(ctx context.Context) error { return o.tracing.shutdown(ctx) }

func (o *Observer) buildInfo() prometheus.Collector {
	info := prometheus.NewGauge(prometheus.GaugeOpts{Name: "hermod_build_info", Help: "Always 1; the labels say what runs.",
		ConstLabels: prometheus.Labels{"version": o.opts.Version, "revision": o.opts.Commit, "goversion": runtime.Version()}})
	info.Set(1)
	return info
}

func (o *Observer) reloads() prometheus.Collector {
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "hermod_config_last_reload_successful",
		Help: "Whether the configuration file that was read last is in force."},
		func() float64 { return truth(o.opts.ConfigError() == "") })
}
