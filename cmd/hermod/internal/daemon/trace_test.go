package daemon

import (
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	collectortrace "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"hermod/wire/wiretest"
)

// spans takes traces by OTLP.
type spans struct {
	*httptest.Server
	mu    sync.Mutex
	named map[string]*tracepb.Span
}

func collectSpans(t *testing.T) *spans {
	s := &spans{named: make(map[string]*tracepb.Span)}
	s.Server = httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		request := new(collectortrace.ExportTraceServiceRequest)
		if err != nil || proto.Unmarshal(body, request) != nil {
			t.Errorf("no OTLP request: %d bytes, %v", len(body), err)
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		for _, resource := range request.ResourceSpans {
			for _, scope := range resource.ScopeSpans {
				for _, span := range scope.Spans {
					s.named[span.Name] = span
				}
			}
		}
	}))
	t.Cleanup(s.Close)
	return s
}

// The bot is a program of its own, which gets a webhook and answers by the HTTP API in the webhook's trace.
func TestATraceGoesThroughAWebhookAndBackThroughTheAPI(t *testing.T) {
	collector, c := collectSpans(t), serveConnector(t, "a")
	api, answered := make(chan string, 1), make(chan int, 8)
	bot := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		action, err := http.NewRequest(http.MethodPost, "http://"+<-api+"/v1/bots/a/actions", strings.NewReader(`{"op":"send","chat_id":"c1","content":"pong"}`))
		must(t, err)
		action.Header.Set("Content-Type", "application/json")
		action.Header.Set("Traceparent", r.Header.Get("Traceparent"))
		response, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(action)
		must(t, err)
		_ = response.Body.Close()
		answered <- response.StatusCode
	}))
	t.Cleanup(bot.Close)
	t.Run("daemon", func(t *testing.T) {
		d := run(t, "http: {listen: '127.0.0.1:0'}\ntracing: {endpoint: '"+collector.URL+"'}\ndefaults: {url: '"+c.URL()+"'}\nbots:\n"+
			"  - {name: a, identities: [{platform: telegram, bot_id: '1'}], gateway_id: a, secret: {env: SECRET}, "+
			"deliver: {webhook: {url: '"+bot.URL+"', secret: {env: WEBHOOK}}}}\n")
		api <- d.servers.main.addr()
		_, err := c.Inject("a", json.RawMessage(wiretest.Event("telegram", "c1", "m1", "ping")))
		must(t, err)
		if status := <-answered; status != http.StatusOK {
			t.Errorf("the action was answered %d", status)
		}
	}) // which ends the daemon, and so sends the last spans
	collector.mu.Lock()
	defer collector.mu.Unlock()
	parent := []byte(nil)
	for _, name := range []string{"deliver inbound", "POST /v1/bots/{bot}/actions", "send send"} {
		span := collector.named[name]
		if span == nil || string(span.ParentSpanId) != string(parent) {
			t.Fatalf("the span %q is %v, below %x; there are %v", name, span, parent, slices.Sorted(maps.Keys(collector.named)))
		}
		parent = span.SpanId
	}
}
