package boot_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"hermod/gateway/boot"
	"hermod/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// Secrets that no error, and nothing told to OnRetry, may show.
const (
	identity = "canary-identity"
	token    = "canary-enrolment"
	secret   = "canary-secret"
)

// transport answers requests in the test's own way.
type transport func(r *http.Request) (*http.Response, error)

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// script answers with one step after the other, and with the last one again when they are used up.
type script struct {
	steps    []transport
	requests []*http.Request
	bodies   []string
}

func (s *script) RoundTrip(r *http.Request) (*http.Response, error) {
	body := ""
	if r.Body != nil {
		raw, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		body = string(raw)
	}
	s.requests, s.bodies = append(s.requests, r), append(s.bodies, body)
	return s.steps[min(len(s.requests), len(s.steps))-1](r)
}

func status(code int, body string, headers ...string) transport {
	return func(r *http.Request) (*http.Response, error) {
		header := http.Header{}
		for i := 0; i < len(headers); i += 2 {
			header.Set(headers[i], headers[i+1])
		}
		return &http.Response{StatusCode: code, Header: header, Body: io.NopCloser(strings.NewReader(body)),
			ContentLength: int64(len(body)), Request: r}, nil
	}
}

func failing(err error) transport {
	return func(*http.Request) (*http.Response, error) { return nil, err }
}

// hanging answers nothing until the request's context ends.
func hanging(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}

func newClient(t *testing.T, rt http.RoundTripper, change func(*boot.Config)) *boot.Client {
	t.Helper()
	cfg := boot.Config{URL: "wss://connector.example/base/relay", GatewayID: "g1", Identity: boot.StaticIdentity(identity), Transport: rt}
	if change != nil {
		change(&cfg)
	}
	client, err := boot.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

func noIdentity(cfg *boot.Config) { cfg.Identity = nil }

func inHand() wire.Credentials {
	return wire.Credentials{GatewayID: "g1", Secret: secret, DeliveryKey: "canary-key", Tenant: "acme"}
}

// expectNoSecret fails when an error shows what it may not.
func expectNoSecret(t *testing.T, err error) {
	t.Helper()
	if err != nil && strings.Contains(err.Error(), "canary") {
		t.Errorf("the error shows a secret: %v", err)
	}
}
