package observe_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"

	collectortrace "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

// traceCollector takes traces by OTLP over HTTP, on a real socket.
type traceCollector struct {
	*httptest.Server
	t *testing.T

	mu      sync.Mutex
	bodies  [][]byte
	headers []http.Header
	spans   []*tracepb.Span
	about   map[string]string // the resource's attributes
}

func collectTraces(t *testing.T) *traceCollector {
	t.Helper()
	c := &traceCollector{t: t, about: make(map[string]string)}
	c.Server = httptest.NewServer(http.HandlerFunc(c.take))
	t.Cleanup(c.Server.Close)
	return c
}

func (c *traceCollector) take(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	request := new(collectortrace.ExportTraceServiceRequest)
	if err != nil || r.URL.Path != "/v1/traces" || proto.Unmarshal(body, request) != nil {
		c.t.Errorf("no OTLP request: %s %s, %d bytes, %v", r.Method, r.URL, len(body), err)
		http.Error(w, "no OTLP request", http.StatusBadRequest)
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.bodies, c.headers = append(c.bodies, body), append(c.headers, r.Header)
	for _, resource := range request.ResourceSpans {
		for _, attribute := range resource.Resource.Attributes {
			c.about[attribute.Key] = attribute.Value.GetStringValue()
		}
		for _, scope := range resource.ScopeSpans {
			c.spans = append(c.spans, scope.Spans...)
		}
	}
	w.Header().Set("Content-Type", "application/x-protobuf")
}

// span returns the one span of that name.
func (c *traceCollector) span(name string) *tracepb.Span {
	c.t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	var found []*tracepb.Span
	var names []string
	for _, span := range c.spans {
		names = append(names, span.Name)
		if span.Name == name {
			found = append(found, span)
		}
	}
	if len(found) != 1 {
		c.t.Fatalf("%d spans are named %q; there are %q", len(found), name, names)
	}
	return found[0]
}

func (c *traceCollector) count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.spans)
}

// holds says whether the text is anywhere in what came.
func (c *traceCollector) holds(text string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.ContainsFunc(c.bodies, func(body []byte) bool { return bytes.Contains(body, []byte(text)) })
}

func attributes(span *tracepb.Span) map[string]string {
	values := make(map[string]string)
	for _, attribute := range span.Attributes {
		values[attribute.Key] = attribute.Value.GetStringValue()
	}
	return values
}
