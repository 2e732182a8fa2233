package connector

import (
	"context"
	"errors"
	"net/http"
	"testing"
)

// roundTrip is a transport.
type roundTrip func() (*http.Response, error)

func (f roundTrip) RoundTrip(*http.Request) (*http.Response, error) { return f() }

func TestAWakeCallBeyondTheBoundIsNotMade(t *testing.T) {
	w := newWakers(newWakeGuard(&Config{}))
	w.registered.Transport = roundTrip(func() (*http.Response, error) {
		t.Error("it was made")
		return nil, http.ErrServerClosed
	})
	for range maxWakes {
		w.places <- struct{}{}
	}
	ctx, cancel := context.WithCancel(t.Context())
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://gateway.example/", nil)
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	if _, err := w.do(request, false); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
