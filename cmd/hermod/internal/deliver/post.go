package deliver

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"strconv"
	"sync/atomic"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"go.opentelemetry.io/otel/propagation"

	"hermod/cmd/hermod/internal/web"
	"hermod/supervisor"
)

var errGone = errors.New("the receiver answered 410 Gone, which ends deliveries; correct its URL in deliver.webhook, or reconnect the bot to try again")

// RefusedError is an answer other than 2xx.
type RefusedError struct {
	// Status is the answer's.
	Status int
	// RetryAfter is how long the receiver asks to wait; 0 is nothing.
	RetryAfter time.Duration
}

// Error says what the receiver answered, and what to look at.
func (e *RefusedError) Error() string {
	text := fmt.Sprintf("the receiver answered %d %s", e.Status, http.StatusText(e.Status))
	switch {
	case e.Status/100 == 3:
		return text + "; redirects are not followed, so put the final address into deliver.webhook.url"
	case e.Status == http.StatusUnauthorized, e.Status == http.StatusForbidden:
		return text + "; check that both sides have the same deliver.webhook.secret"
	}
	return text + "; 2xx acknowledges a delivery"
}

// unreachedError is why there was no connection to a receiver.
type unreachedError struct{ error }

// Unwrap returns the cause.
func (e *unreachedError) Unwrap() error { return e.error }

// post makes one attempt. The error is errGone, a *RefusedError, an *unreachedError, or why there was no answer; it
// never shows the URL, whose query may hold a secret.
func (e *endpoint) post(ctx context.Context, id string, body []byte) error {
	ctx, cancel := context.WithTimeoutCause(ctx, e.timeout, fmt.Errorf("no answer within %v", e.timeout))
	defer cancel()
	var reached atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) { reached.Store(true) },
	})
	request, err := e.request(ctx, id, body)
	if err != nil {
		return err
	}
	response, err := e.poster.client.Do(request)
	switch {
	case err != nil && reached.Load():
		return withoutURL(ctx, err)
	case err != nil:
		return &unreachedError{withoutURL(ctx, err)}
	}
	readRest(response.Body)
	switch {
	case response.StatusCode/100 == 2:
		return nil
	case response.StatusCode == http.StatusGone:
		return errGone
	}
	return &RefusedError{Status: response.StatusCode,
		RetryAfter: supervisor.RetryAfter(response.Header, time.Now())}
}

// readRest reads the body of an answer, so that the connection can be used again, unless it is long or does not come.
func readRest(body io.ReadCloser) {
	late := time.AfterFunc(answerTime, func() { _ = body.Close() })
	defer late.Stop()
	_, _ = io.CopyN(io.Discard, body, maxAnswer)
	_ = body.Close()
}

// request signs as of now, since receivers refuse old signatures.
func (e *endpoint) request(ctx context.Context, id string, body []byte) (*http.Request, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, e.url, bytes.NewReader(body))
	if err != nil {
		return nil, withoutURL(ctx, err)
	}
	now := time.Now()
	signature, err := e.signer.Sign(id, now, body)
	if err != nil {
		return nil, fmt.Errorf("sign a delivery: %w", err)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("User-Agent", "hermod")
	request.Header.Set(standardwebhooks.HeaderWebhookID, id)
	request.Header.Set(standardwebhooks.HeaderWebhookTimestamp, strconv.FormatInt(now.Unix(), 10))
	request.Header.Set(standardwebhooks.HeaderWebhookSignature, signature)
	propagation.TraceContext{}.Inject(ctx, propagation.HeaderCarrier(request.Header))
	return request, nil
}

func withoutURL(ctx context.Context, err error) error {
	err = web.WithoutURL(err)
	if errors.Is(err, context.DeadlineExceeded) {
		err = context.Cause(ctx)
	}
	return fmt.Errorf("the receiver cannot be reached: %w", err)
}
