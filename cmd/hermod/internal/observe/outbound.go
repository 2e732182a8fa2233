package observe

import (
	"context"
	"errors"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"hermod/actors"
	"hermod/wire"
)

func newOutboundMetrics() *prometheus.HistogramVec {
	return newDurations("hermod_outbound_duration_seconds",
		"How long a request to the connector took, from being handed over to its outcome.", quick, "platform", "op", "outcome")
}

// Sending implements fleet.Observer: the request is timed, and is a span below the caller's.
func (o *Observer) Sending(ctx context.Context, bot string, a wire.Action, platform string) func(wire.Result, error) {
	op := fold(knownOps, a.Op())
	if platform == "" {
		platform = o.directory.page().platform(bot)
	} else {
		platform = fold(knownPlatforms, platform)
	}
	begun := time.Now()
	span := o.sendSpan(ctx, begun, bot, platform, op)
	return func(result wire.Result, err error) {
		outcome := outcomeOf(result, err)
		o.outbound.WithLabelValues(platform, op, outcome).Observe(time.Since(begun).Seconds())
		if o.tracing.off {
			return
		}
		span.SetAttributes(attribute.String("hermod.outcome", outcome))
		if outcome != "ok" {
			span.SetStatus(codes.Error, outcome)
		}
		span.End()
	}
}

// sendSpan begins a request's span; nil where none are made.
func (o *Observer) sendSpan(ctx context.Context, begun time.Time, bot, platform, op string) trace.Span {
	if o.tracing.off {
		return nil
	}
	_, span := o.tracing.tracer.Start(ctx, "send "+op, trace.WithSpanKind(trace.SpanKindClient), trace.WithTimestamp(begun),
		trace.WithAttributes(attribute.String("hermod.bot", bot), attribute.String("hermod.platform", platform),
			attribute.String("hermod.op", op)))
	return span
}

// failures name the outcomes that Hermod makes itself.
var failures = []struct {
	err  error
	name string
}{
	{actors.ErrNotConnected, "not_connected"}, {actors.ErrClosed, "closed"}, {actors.ErrTimeout, "timeout"},
	{actors.ErrConnectionLost, "connection_lost"}, {actors.ErrSendFailed, "send_failed"}, {actors.ErrBusy, "busy"},
	{context.Canceled, "cancelled"}, {context.DeadlineExceeded, "cancelled"},
}

// outcomeOf is "ok", "rejected" when the connector said no, or the name of a failure.
func outcomeOf(result wire.Result, err error) string {
	switch {
	case err == nil && result.Success:
		return "ok"
	case err == nil:
		return "rejected"
	}
	for _, failure := range failures {
		if errors.Is(err, failure.err) {
			return failure.name
		}
	}
	return other
}
