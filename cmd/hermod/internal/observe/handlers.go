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
			"How long a try to deliver took, by way of delivery (webhook, stream, process), kind of delivery and outcome (ok, error).",
			slow, "platform", "delivery", "kind", "outcome"),
		running: prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "hermod_handlers_running",
			Help: "Deliveries that are being made."}, []string{"platform", "delivery"}),
	}
}

// Handlers implements fleet.Observer: each run of a handler is timed, and is a span that its context carries.
func (o *Observer) Handlers(bot *config.Bot, h actors.Handlers) actors.Handlers {
	b := o.bench(bot)
	inbound := h.Inbound
	h.Inbound = func(ctx context.Context, d *actors.Inbound) error {
		return b.run(ctx, "inbound", d.Try, func(ctx context.Context) error { return inbound(ctx, d) })
	}
	if passthrough := h.Passthrough; passthrough != nil {
		h.Passthrough = func(ctx context.Context, d *actors.Passthrough) error {
			return b.run(ctx, "passthrough", d.Try, func(ctx context.Context) error { return passthrough(ctx, d) })
		}
	}
	if interrupt := h.Interrupt; interrupt != nil {
		h.Interrupt = func(ctx context.Context, i wire.InterruptInbound) {
			_ = b.run(ctx, "interrupt", 1, func(ctx context.Context) error { interrupt(ctx, i); return nil })
		}
	}
	if deadLetter := h.DeadLetter; deadLetter != nil {
		h.DeadLetter = func(ctx context.Context, d *actors.DeadLetter) error {
			return b.run(ctx, "dead_letter", 1, func(ctx context.Context) error { return deadLetter(ctx, d) })
		}
	}
	return h
}

// bench is where the handlers of one bot are measured. They share it, since every idle bot has one.
type bench struct {
	tracer             trace.Tracer
	durations          prometheus.ObserverVec
	running            prometheus.Gauge
	bot, platform, way string
}

func (o *Observer) bench(bot *config.Bot) *bench {
	platform, way := platformOf(bot), bot.Deliver.Kind()
	labels := prometheus.Labels{"platform": platform, "delivery": way}
	return &bench{tracer: o.tracer(), durations: o.handlers.durations.MustCurryWith(labels),
		running: o.handlers.running.With(labels), bot: bot.Name, platform: platform, way: way}
}

// run runs a handler. One that panics counts as failed.
func (b *bench) run(ctx context.Context, kind string, try int, handle func(context.Context) error) (err error) {
	ctx, span := b.tracer.Start(ctx, "deliver "+kind, trace.WithSpanKind(trace.SpanKindConsumer), trace.WithAttributes(
		attribute.String("hermod.bot", b.bot), attribute.String("hermod.platform", b.platform),
		attribute.String("hermod.delivery", b.way), attribute.Int("hermod.try", try)))
	b.running.Inc()
	begun, outcome := time.Now(), "error"
	defer func() {
		b.running.Dec()
		b.durations.WithLabelValues(kind, outcome).Observe(time.Since(begun).Seconds())
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
