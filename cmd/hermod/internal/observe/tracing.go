package observe

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/semconv/v1.37.0"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"hermod/cmd/hermod/internal/config"
)

// tracing makes spans and sends them; without an endpoint it makes none.
type tracing struct {
	off      bool // nobody takes spans, so that none are begun
	tracer   trace.Tracer
	shutdown func(context.Context) error
}

// startTracing obeys the configuration, and the OTEL_ variables in what it leaves open. Spans are sent by goroutines of
// the SDK, at most 2048 of them waiting; what is beyond is dropped. No connection is made yet.
func startTracing(opts Options) (*tracing, error) {
	var cfg config.Tracing
	if current := opts.Config(); current != nil {
		cfg = current.Tracing
	}
	env := readVariables(opts.Environ)
	if !wanted(cfg, env) {
		return &tracing{off: true, tracer: noop.NewTracerProvider().Tracer("hermod"),
			shutdown: func(context.Context) error { return nil }}, nil
	}
	if protocol := env.first("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"); protocol != "" && protocol != "http/protobuf" {
		return nil, fmt.Errorf("start tracing: the protocol %.40q is not spoken; set OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf, usually at port 4318", protocol)
	}
	var to []otlptracehttp.Option
	if cfg.Endpoint != "" {
		to = append(to, otlptracehttp.WithEndpointURL(endpointURL(cfg.Endpoint)))
	}
	exporter, err := otlptracehttp.New(context.Background(), to...)
	if err != nil {
		return nil, fmt.Errorf("start tracing: %w", err)
	}
	about, err := resource.New(context.Background(), resource.WithAttributes(semconv.ServiceName("hermod"),
		semconv.ServiceVersion(opts.Version)), resource.WithTelemetrySDK(), resource.WithFromEnv())
	if err != nil {
		return nil, fmt.Errorf("start tracing: read OTEL_RESOURCE_ATTRIBUTES: %w", err)
	}
	provider := sdktrace.NewTracerProvider(append(sampler(cfg), sdktrace.WithBatcher(exporter),
		sdktrace.WithResource(about))...)
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { opts.Logger.Warn("sending traces failed", "err", err) }))
	return &tracing{tracer: provider.Tracer("hermod"), shutdown: provider.Shutdown}, nil
}

// wanted says whether spans have anywhere to go, and nobody forbids it.
func wanted(cfg config.Tracing, env variables) bool {
	if strings.EqualFold(env["OTEL_SDK_DISABLED"], "true") || env["OTEL_TRACES_EXPORTER"] == "none" {
		return false
	}
	return cfg.Endpoint != "" || env["OTEL_TRACES_EXPORTER"] == "otlp" ||
		env.first("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT") != ""
}

// endpointURL adds the standard path where there is none.
func endpointURL(endpoint string) string {
	parsed, err := url.Parse(endpoint)
	if err != nil || strings.Trim(parsed.Path, "/") != "" {
		return endpoint
	}
	return parsed.JoinPath("v1", "traces").String()
}

// sampler is none when the environment, or the SDK's default, decides.
func sampler(cfg config.Tracing) []sdktrace.TracerProviderOption {
	if cfg.SampleRatio == nil {
		return nil
	}
	sampler := sdktrace.ParentBased(sdktrace.TraceIDRatioBased(*cfg.SampleRatio))
	return []sdktrace.TracerProviderOption{sdktrace.WithSampler(sampler)}
}

// variables are those of an environment, by name.
type variables map[string]string

func readVariables(environ []string) variables {
	env := make(variables, len(environ))
	for _, entry := range environ {
		name, value, _ := strings.Cut(entry, "=")
		env[name] = value
	}
	return env
}

// first returns the first value that is set.
func (v variables) first(names ...string) string {
	for _, name := range names {
		if v[name] != "" {
			return v[name]
		}
	}
	return ""
}
