package boot

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"hermod/supervisor"
	"hermod/wire"
)

// call is one request of the HTTP plane, however often it is tried.
type call struct {
	doing   string
	path    string
	body    []byte
	bearers bearers
	secrets []wire.Secret // what no error may repeat, besides the bearers
	hint    func(status, try int) string
	tries   int // 0 is without end
}

// answer is what one try got.
type answer struct {
	status int
	body   []byte
	after  time.Duration // the connector's Retry-After
}

// post tries until an answer counts: 2xx, or a refusal.
func (c *Client) post(ctx context.Context, call call) ([]byte, error) {
	var last error
	for try := 1; ; try++ {
		if ctx.Err() != nil {
			return nil, &GaveUpError{Doing: call.doing, Tries: try - 1, Ended: ctx.Err(), Last: last}
		}
		got, err := c.try(ctx, call, try)
		var refused *RefusedError
		switch {
		case err == nil:
			return got.body, nil
		case errors.As(err, &refused), errors.Is(err, ErrNoBearer):
			return nil, err
		}
		last = err
		if try == call.tries {
			return nil, &GaveUpError{Doing: call.doing, Tries: try, Last: last}
		}
		delay := max(c.ladder.Delay(try, c.draw()), min(got.after, c.cfg.MaxBackoff))
		if ctx.Err() == nil && c.cfg.OnRetry != nil {
			c.cfg.OnRetry(Retry{Doing: call.doing, Try: try, Err: err, Delay: delay})
		}
		if !wait(ctx, delay) {
			return nil, &GaveUpError{Doing: call.doing, Tries: try, Ended: ctx.Err(), Last: last}
		}
	}
}

// wait reports whether the delay passed before ctx ended.
func wait(ctx context.Context, delay time.Duration) bool {
	timer := time.NewTimer(delay)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// try makes the request once for each bearer until one is accepted.
func (c *Client) try(ctx context.Context, call call, try int) (answer, error) {
	ctx, cancel := context.WithTimeout(ctx, c.cfg.Timeout)
	defer cancel()
	tokens, err := call.bearers(ctx)
	if err != nil {
		return answer{}, fmt.Errorf("%s: %w", call.doing, err)
	}
	var got answer
	for _, token := range tokens {
		if got, err = c.once(ctx, call, token); err != nil {
			return got, fmt.Errorf("%s: %w", call.doing, err)
		}
		if got.status != http.StatusUnauthorized {
			break
		}
	}
	if got.status/100 == 2 {
		return got, nil
	}
	reason := reasonOf(got.body, append(call.secrets, tokens...))
	if temporary(got.status) {
		return got, fmt.Errorf("%s: %w", call.doing, &StatusError{Status: got.status, Reason: reason})
	}
	return got, &RefusedError{Doing: call.doing, Status: got.status, Reason: reason, Hint: call.hint(got.status, try)}
}

// temporary says that the same request may be answered otherwise later.
func temporary(status int) bool {
	switch status {
	case http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests:
		return true
	}
	return status >= 500 && status != http.StatusNotImplemented
}

// once makes one request. A body over wire.MaxBody is an error.
func (c *Client) once(ctx context.Context, call call, token wire.Secret) (answer, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.base+call.path, bytes.NewReader(call.body))
	if err != nil {
		return answer{}, withoutURL(err)
	}
	request.Header.Set("Authorization", "Bearer "+token.Reveal())
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Accept", "application/json")
	request.Header.Set("User-Agent", userAgent)
	response, err := c.http.Do(request)
	if err != nil {
		return answer{}, withoutURL(err)
	}
	defer func() { _ = response.Body.Close() }()
	got := answer{status: response.StatusCode, after: supervisor.RetryAfter(response.Header, time.Now())}
	got.body, err = io.ReadAll(io.LimitReader(response.Body, wire.MaxBody+1))
	if err != nil {
		return got, fmt.Errorf("reading the answer: %w", err)
	}
	if len(got.body) > wire.MaxBody {
		return got, fmt.Errorf("reading the answer: it is larger than %d KiB", wire.MaxBody>>10)
	}
	return got, nil
}
