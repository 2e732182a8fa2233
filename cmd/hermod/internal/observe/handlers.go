package observe

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"

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

// Expect implements fleet.Observer: the bot's series are there before its first delivery.
func (o *Observer) Expect(bot *config.Bot) { o.benchOf(bot) }

// Handlers implements fleet.Observer: each run of a handler is timed, and is a span that its context carries.
func (o *Observer) Handlers(bot *config.Bot, given actors.Handlers) actors.Handlers {
	m := &measured{bench: o.benchOf(bot), bot: bot.Name, given: given}
	taken := given
	taken.Inbound = m.takeInbound
	if given.Passthrough != nil {
		taken.Passthrough = m.takePassthrough
	}
	if given.Interrupt != nil {
		taken.Interrupt = m.takeInterrupt
	}
	if given.DeadLetter != nil {
		taken.DeadLetter = m.takeDeadLetter
	}
	return taken
}

// bench is where the handlers of the bots of one platform and way of delivery are measured.
type bench struct {
	tracing       *tracing
	platform, way string
	running       prometheus.Gauge

	inbound, passthrough, interrupt, deadLetter timings
}

// benchOf returns the one of the bot's labels, of which there are few.
func (o *Observer) benchOf(bot *config.Bot) *bench {
	platform, way := platformOf(bot), bot.Deliver.Kind()
	key := [2]string{platform, way}
	if known, ok := o.benches.Load(key); ok {
		return known.(*bench)
	}
	labels := prometheus.Labels{"platform": platform, "delivery": way}
	durations := o.handlers.durations.MustCurryWith(labels)
	made, _ := o.benches.LoadOrStore(key, &bench{tracing: o.tracing, platform: platform, way: way,
		running: o.handlers.running.With(labels),
		inbound: timingsOf(durations, "inbound"), passthrough: timingsOf(durations, "passthrough"),
		interrupt: timingsOf(durations, "interrupt"), deadLetter: timingsOf(durations, "dead_letter")})
	return made.(*bench)
}

// measured are the handlers of one bot, on a bench.
type measured struct {
	*bench
	bot   string
	given actors.Handlers
}

func (m *measured) takeInbound(ctx context.Context, d *actors.Inbound) error {
	t := m.begin(ctx, &m.inbound, "inbound", d.Try)
	defer t.end()
	err := m.given.Inbound(t.ctx, d)
	t.done = err == nil
	return err
}

func (m *measured) takePassthrough(ctx context.Context, d *actors.Passthrough) error {
	t := m.begin(ctx, &m.passthrough, "passthrough", d.Try)
	defer t.end()
	err := m.given.Passthrough(t.ctx, d)
	t.done = err == nil
	return err
}

func (m *measured) takeInterrupt(ctx context.Context, i wire.InterruptInbound) {
	t := m.begin(ctx, &m.interrupt, "interrupt", 1)
	defer t.end()
	m.given.Interrupt(t.ctx, i)
	t.done = true
}

func (m *measured) takeDeadLetter(ctx context.Context, d *actors.DeadLetter) error {
	t := m.begin(ctx, &m.deadLetter, "dead_letter", 1)
	defer t.end()
	err := m.given.DeadLetter(t.ctx, d)
	t.done = err == nil
	return err
}

// try is one run of a handler. One that panics counts as failed.
type try struct {
	*bench
	ctx     context.Context
	span    trace.Span
	timings *timings
	begun   time.Time
	done    bool
}

func (m *measured) begin(ctx context.Context, timings *timings, kind string, number int) try {
	m.running.Inc()
	t := try{bench: m.bench, timings: timings, begun: time.Now()}
	t.ctx, t.span = m.span(ctx, kind, number)
	return t
}

func (t *try) end() {
	t.running.Dec()
	took := time.Since(t.begun)
	if t.done {
		t.timings.ok.observe(took)
	} else {
		t.timings.failed.observe(took)
		t.span.SetStatus(codes.Error, "not delivered")
	}
	t.span.End()
}

// span begins a try's.
func (m *measured) span(ctx context.Context, kind string, number int) (context.Context, trace.Span) {
	if m.tracing.off {
		return ctx, noop.Span{}
	}
	return m.tracing.tracer.Start(ctx, "deliver "+kind, trace.WithSpanKind(trace.SpanKindConsumer), trace.WithAttributes(
		attribute.String("hermod.bot", m.bot), attribute.String("hermod.platform", m.platform),
		attribute.String("hermod.delivery", m.way), attribute.Int("hermod.try", number)))
}
