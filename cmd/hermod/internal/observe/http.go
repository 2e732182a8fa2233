package observe

import (
	"net/http"
	"net/http/pprof"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

func newHTTPMetrics() *prometheus.HistogramVec {
	return newDurations("hermod_http_request_duration_seconds",
		"How long a request to this server took, by route; a stream lasts as long as its client stays.", quick, "handler", "method", "code")
}

// Metrics serves what is measured, once a fleet is watched.
func (o *Observer) Metrics() http.Handler { return o.exposition }

// Profiles serves Go's profiles below /debug/pprof/ while the configuration asks for them.
func (o *Observer) Profiles() http.Handler {
	mux := http.NewServeMux()
	for path, profile := range map[string]http.HandlerFunc{"": pprof.Index, "cmdline": pprof.Cmdline, "profile": pprof.Profile,
		"symbol": pprof.Symbol, "trace": pprof.Trace} {
		mux.HandleFunc("GET /debug/pprof/"+path, o.ifProfiled(profile))
	}
	return mux
}

// ifProfiled serves a profile, to those who got so far.
func (o *Observer) ifProfiled(profile http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if !o.opts.Config().HTTP.Pprof {
			http.Error(w, "profiles are off; set http.pprof: true to have them", http.StatusNotFound)
			return
		}
		profile(w, r)
	}
}

// Middleware times the requests that next serves, by the pattern of its mux. Those to the API are spans, below the
// caller's traceparent if there is one; their contexts carry them.
func (o *Observer) Middleware(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		begun, answer := time.Now(), &answer{ResponseWriter: w, status: http.StatusOK}
		span := trace.SpanFromContext(r.Context())
		if traced(r) {
			ctx := propagation.TraceContext{}.Extract(r.Context(), propagation.HeaderCarrier(r.Header))
			ctx, span = o.tracing.tracer.Start(ctx, r.Method, trace.WithSpanKind(trace.SpanKindServer),
				trace.WithTimestamp(begun))
			r = r.WithContext(ctx)
		}
		defer func() {
			handler, method := routeOf(r.Pattern), fold(knownMethods, r.Method) // the mux has set the pattern
			o.http.WithLabelValues(handler, method, strconv.Itoa(answer.status)).Observe(time.Since(begun).Seconds())
			span.SetName(method + " " + handler)
			span.SetAttributes(attribute.String("http.request.method", method), attribute.String("http.route", handler),
				attribute.Int("http.response.status_code", answer.status))
			if answer.status >= http.StatusInternalServerError {
				span.SetStatus(codes.Error, http.StatusText(answer.status))
			}
			span.End()
		}()
		next.ServeHTTP(answer, r)
	})
}

var knownMethods = setOf(http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch,
	http.MethodDelete, http.MethodOptions)

// routeOf is a mux's pattern without its method; other is what no pattern matched.
func routeOf(pattern string) string {
	if _, route, ok := strings.Cut(pattern, " "); ok {
		return route
	}
	if pattern == "" {
		return other
	}
	return pattern
}

// traced leaves out streams, which last too long for a span.
func traced(r *http.Request) bool {
	return strings.HasPrefix(r.URL.Path, "/v1/") && !strings.HasSuffix(r.URL.Path, "/events")
}

// answer notes the status of an answer. http.ResponseController finds the rest through Unwrap.
type answer struct {
	http.ResponseWriter
	status  int
	written bool
}

// WriteHeader notes the first final status.
func (a *answer) WriteHeader(status int) {
	if !a.written && status >= http.StatusOK {
		a.status, a.written = status, true
	}
	a.ResponseWriter.WriteHeader(status)
}

// Write is an answer of 200 when no other status came before.
func (a *answer) Write(p []byte) (int, error) {
	a.written = true
	return a.ResponseWriter.Write(p)
}

// Unwrap implements what http.ResponseController asks for.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }
