package observe

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"hermod/actors"
	"hermod/cmd/hermod/internal/config"
	"hermod/wire"
)

// handlerMetrics measure what takes deliveries.
type handlerMetrics struct {
	durations *prometheus.HistogramVec
	running   *prometheus.GaugeVec
}

func newHandlerMetrics() *handlerMetrics {
	return &handlerMetrics{
		durations: newDurations("hermod_handler_duration_seconds",
			"How long a try to deliver took, by way of delivery (webhook, stream, process, relay), kind of delivery and outcome (ok, error).",
			slow, "platform", "delivery", "kind", "outcome"),
		running: prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "hermod_handlers_running",
			Help: "Deliveries that are being made."}, []string{"platform", "delivery"}),
	}
}

// Handlers implements fleet.Observer: each run of a handler is timed, and is a span that its context carries.
func (o *Observer) Handlers(bot *config.Bot, given actors.Handlers) actors.Handlers {
	m := &measured{bench: o.bench(platformOf(bot), bot.Deliver.Kind()), bot: bot.Name, given: given}
	taken := given
	taken.Inbound = m.inbound
	if given.Passthrough != nil {
		taken.Passthrough = m.passthrough
	}
	if given.Interrupt != nil {
		taken.Interrupt = m.interrupt
	}
	if given.DeadLetter != nil {
		taken.DeadLetter = m.deadLetter
	}
	return taken
}

// bench is where the handlers of the bots of one platform and way of delivery are measured.
type bench struct {
	tracer        trace.Tracer
	durations     prometheus.ObserverVec
	running       prometheus.Gauge
	platform, way string
}

// bench returns the one of these labels, of which there are few.
func (o *Observer) bench(platform, way string) *bench {
	key := [2]string{platform, way}
	if known, ok := o.benches.Load(key); ok {
		return known.(*bench)
	}
	labels := prometheus.Labels{"platform": platform, "delivery": way}
	made, _ := o.benches.LoadOrStore(key, &bench{tracer: o.tracer(), durations: o.handlers.durations.MustCurryWith(labels),
		running: o.handlers.running.With(labels), platform: platform, way: way})
	return made.(*bench)
}

// measured are the handlers of one bot, on a bench.
type measured struct {
	*bench
	bot   string
	given actors.Handlers
}

func (m *measured) inbound(ctx context.Context, d *actors.Inbound) error {
	return m.run(ctx, "inbound", d.Try, func(ctx context.Context) error { return m.given.Inbound(ctx, d) })
}

func (m *measured) passthrough(ctx context.Context, d *actors.Passthrough) error {
	return m.run(ctx, "passthrough", d.Try, func(ctx context.Context) error { return m.given.Passthrough(ctx, d) })
}

func (m *measured) interrupt(ctx context.Context, i wire.InterruptInbound) {
	_ = m.run(ctx, "interrupt", 1, func(ctx context.Context) error { m.given.Interrupt(ctx, i); return nil })
}

func (m *measured) deadLetter(ctx context.Context, d *actors.DeadLetter) error {
	return m.run(ctx, "dead_letter", 1, func(ctx context.Context) error { return m.given.DeadLetter(ctx, d) })
}

// run runs a handler. One that panics counts as failed.
func (m *measured) run(ctx context.Context, kind string, try int, handle func(context.Context) error) (err error) {
	ctx, span := m.tracer.Start(ctx, "deliver "+kind, trace.WithSpanKind(trace.SpanKindConsumer), trace.WithAttributes(
		attribute.String("hermod.bot", m.bot), attribute.String("hermod.platform", m.platform),
		attribute.String("hermod.delivery", m.way), attribute.Int("hermod.try", try)))
	m.running.Inc()
	begun, outcome := time.Now(), "error"
	defer func() {
		m.running.Dec()
		m.durations.WithLabelValues(kind, outcome).Observe(time.Since(begun).Seconds())
		if outcome != "ok" {
			span.SetStatus(codes.Error, "not delivered")
		}
		span.End()
	}()
	if err = handle(ctx); err == nil {
		outcome = "ok"
	}
	return err
}
