package observe_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"hermod/cmd/hermod/internal/config"
	"hermod/cmd/hermod/internal/observe"
)

// More spans than wait for the collector; all but those are dropped.
func TestACollectorOfTracesThatStallsHoldsNobodyUp(t *testing.T) {
	stalled, release := make(chan struct{}), make(chan struct{})
	var once sync.Once
	collector := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		once.Do(func() { close(stalled) })
		<-release
	}))
	defer collector.Close()
	defer close(release)
	cfg := &config.Config{Tracing: config.Tracing{Endpoint: collector.URL}}
	o, err := observe.New(observe.Options{Config: func() *config.Config { return cfg },
		ConfigError: func() string { return "" }, Logger: slog.New(slog.DiscardHandler)})
	must(t, err)
	served := o.Middleware(http.NewServeMux())
	request := func(n int) {
		for range n {
			served.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/v1/bots", nil))
		}
	}
	request(1000)
	<-stalled
	request(5000)
	soon, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
	defer cancel()
	if err := o.Close(soon); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("it closed with %v", err)
	}
}
