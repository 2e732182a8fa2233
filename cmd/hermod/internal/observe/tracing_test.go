package observe_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/propagation"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"hermod/actors"
	"hermod/cmd/hermod/internal/config"
	"hermod/cmd/hermod/internal/observe"
	"hermod/wire"
	"hermod/wire/wiretest"
)

const content = "a private message"

// bridge is a bot's program: it answers each event by a request to the daemon's HTTP server, in the trace of the event.
type bridge struct {
	*world
	api      *httptest.Server
	answered chan error // by the bot's program, how each event was
}

// newBridge serves an action of bot a at POST /v1/say.
func newBridge(t *testing.T, tracing config.Tracing) *bridge {
	b := &bridge{world: newWorldWith(t, wiretest.Listen(t), io.Discard,
		config.Config{Metrics: config.Metrics{Bots: 500}, Tracing: tracing}),
		answered: make(chan error, 1)}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/say", func(w http.ResponseWriter, r *http.Request) {
		if _, err := b.bot("a").Send(r.Context(), wire.NewSend("c1", content), ""); err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
		}
	})
	b.api = httptest.NewServer(b.observer.Middleware(mux))
	t.Cleanup(b.api.Close)
	b.inbound = func(ctx context.Context, d *actors.Inbound) error {
		header := make(http.Header)
		propagation.TraceContext{}.Inject(ctx, propagation.HeaderCarrier(header))
		err := b.say(ctx, header)
		b.answered <- err
		return err
	}
	ready := bot("a", "telegram")
	ready.URL = b.srv.URL()
	b.apply(500, ready)
	b.await("a", actors.Ready)
	return b
}

func (b *bridge) say(ctx context.Context, header http.Header) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, b.api.URL+"/v1/say", strings.NewReader(content))
	if err != nil {
		return err
	}
	request.Header = header
	answer, err := b.api.Client().Do(request)
	if err != nil {
		return err
	}
	_ = answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return errors.New(answer.Status)
	}
	return nil
}

// deliver has one event delivered.
func (b *bridge) deliver() {
	b.t.Helper()
	must(b.t, (<-b.arrived).SendInbound(wiretest.Event("telegram", "c1", "m1", content), "buffer-1"))
	must(b.t, <-b.answered)
}

func TestATraceRunsFromTheDeliveryOverTheHandlerToTheConnector(t *testing.T) {
	collector := collectTraces(t)
	b := newBridge(t, config.Tracing{Endpoint: collector.URL})
	b.deliver()
	b.close()
	delivery, request, send := collector.span("deliver inbound"), collector.span("POST /v1/say"), collector.span("send send")
	if len(delivery.ParentSpanId) != 0 || !bytes.Equal(request.ParentSpanId, delivery.SpanId) ||
		!bytes.Equal(send.ParentSpanId, request.SpanId) {
		t.Error("the spans are not each other's parents")
	}
	if !bytes.Equal(request.TraceId, delivery.TraceId) || !bytes.Equal(send.TraceId, delivery.TraceId) {
		t.Error("the spans are of several traces")
	}
	if delivery.Kind != tracepb.Span_SPAN_KIND_CONSUMER || request.Kind != tracepb.Span_SPAN_KIND_SERVER ||
		send.Kind != tracepb.Span_SPAN_KIND_CLIENT {
		t.Error("the spans are of the wrong kinds")
	}
	if got := attributes(delivery); got["hermod.bot"] != "a" || got["hermod.platform"] != "telegram" || got["hermod.delivery"] != "stream" {
		t.Errorf("the delivery's span says %v", got)
	}
	if got := attributes(send); got["hermod.bot"] != "a" || got["hermod.op"] != "send" || got["hermod.outcome"] != "ok" {
		t.Errorf("the request's span says %v", got)
	}
	if collector.about["service.name"] != "hermod" || collector.about["service.version"] != "v1.2.3" {
		t.Errorf("the resource is %v", collector.about)
	}
	if collector.holds(content) {
		t.Error("the traces hold what somebody wrote")
	}
}

func TestACallersTraceGoesOn(t *testing.T) {
	for name, tt := range map[string]struct {
		flags string
		spans int
	}{"recorded": {"01", 2}, "not recorded": {"00", 0}} {
		t.Run(name, func(t *testing.T) {
			collector := collectTraces(t)
			none := 0.0
			if tt.spans == 0 {
				none = 1
			}
			b := newBridge(t, config.Tracing{Endpoint: collector.URL,
				SampleRatio: &none}) // the caller decides, against the ratio
			const trace = "0af7651916cd43dd8448eb211c80319c"
			must(t, b.say(context.Background(), http.Header{"Traceparent": {"00-" + trace + "-b7ad6b7169203331-" + tt.flags}}))
			b.close()
			if collector.count() != tt.spans {
				t.Fatalf("%d spans, want %d", collector.count(), tt.spans)
			}
			if tt.spans > 0 && hex.EncodeToString(collector.span("send send").TraceId) != trace {
				t.Error("the request is in another trace")
			}
		})
	}
}

func TestFailuresShowInTraces(t *testing.T) {
	collector := collectTraces(t)
	b := newBridge(t, config.Tracing{Endpoint: collector.URL})
	b.bot("a").Disable()
	b.await("a", actors.Disabled)
	if b.say(context.Background(), make(http.Header)) == nil {
		t.Error("a disabled bot has sent")
	}
	b.close()
	if span := collector.span("POST /v1/say"); span.Status.GetCode() != tracepb.Status_STATUS_CODE_ERROR {
		t.Errorf("the status is %v", span.Status)
	}
}

func TestTracingIsOffUnlessThereIsAnEndpoint(t *testing.T) {
	for _, tt := range []struct {
		name    string
		tracing func(url string) config.Tracing
		environ func(url string) []string
		sent    bool
	}{
		{"nothing said", off, none, false},
		{"by the configuration", to, none, true},
		{"by the environment", off, func(url string) []string { return []string{"OTEL_EXPORTER_OTLP_ENDPOINT=" + url} }, true},
		{"by the environment, for traces alone", off, func(url string) []string { return []string{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=" + url + "/v1/traces"} }, true},
		{"the SDK is disabled", to, func(string) []string { return []string{"OTEL_SDK_DISABLED=true"} }, false},
		{"the exporter is none", to, func(string) []string { return []string{"OTEL_TRACES_EXPORTER=none"} }, false},
		{"the sampler takes nothing", to, func(string) []string { return []string{"OTEL_TRACES_SAMPLER=always_off"} }, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			collector := collectTraces(t)
			cfg := &config.Config{Tracing: tt.tracing(collector.URL)}
			environ := tt.environ(collector.URL)
			for _, entry := range environ {
				name, value, _ := strings.Cut(entry, "=")
				t.Setenv(name, value) // the SDK reads the process's own
			}
			o, err := observe.New(observe.Options{Config: func() *config.Config { return cfg },
				ConfigError: func() string { return "" },
				Environ:     environ, Logger: slog.New(slog.DiscardHandler)})
			must(t, err)
			o.Sending(context.Background(), "a", wire.NewTyping("c1"), "")(wire.Result{Success: true}, nil)
			must(t, o.Close(context.Background()))
			if sent := collector.count() > 0; sent != tt.sent {
				t.Errorf("sent is %v", sent)
			}
		})
	}
}

func off(string) config.Tracing    { return config.Tracing{} }
func to(url string) config.Tracing { return config.Tracing{Endpoint: url} }
func none(string) []string         { return nil }

func TestAProtocolThatIsNotSpokenIsAnError(t *testing.T) {
	_, err := observe.New(observe.Options{Config: func() *config.Config { return &config.Config{Tracing: to("http://127.0.0.1:4317")} },
		Environ: []string{"OTEL_EXPORTER_OTLP_PROTOCOL=grpc"}, Logger: slog.New(slog.DiscardHandler)})
	if err == nil || !strings.Contains(err.Error(), `"grpc"`) || !strings.Contains(err.Error(), "OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf") {
		t.Errorf("the error is %v", err)
	}
}
