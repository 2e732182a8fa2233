package wire_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"testing"
	"time"

	"hermod/supervisor"
	"hermod/wire"
)

func init() {
	register(runBackoff, "backoff")
	register(runClose, "close_code")
	register(runTwoStrike, "close_code_two_strike")
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// runBackoff returns the delays of dials that fail in a row, before they are drawn.
func runBackoff(t *testing.T, v vector) any {
	in := input[struct {
		Attempts int     `json:"attempts"`
		Base     float64 `json:"base"`
		Max      float64 `json:"max"`
	}](t, v)
	ladder := supervisor.Backoff{Base: seconds(in.Base), Max: seconds(in.Max)}
	want := input[struct{ W []float64 }](t, vector{In: []byte(`{"W":` + string(v.Want) + `}`)}).W
	if len(want) != in.Attempts {
		return "another number of delays"
	}
	for n := 1; n <= in.Attempts; n++ {
		if got := ladder.Rung(n); got != seconds(want[n-1]) {
			return map[string]any{"attempt": n, "delay": got.Seconds()}
		}
	}
	return v.Want
}

type closeInput struct {
	Code              int             `json:"code"`
	Reason            string          `json:"reason"`
	HandshakedBefore  bool            `json:"handshaked_before"`
	GenerationIsRetry bool            `json:"generation_is_retry"`
	AuthRetryPending  bool            `json:"auth_retry_pending"`
	RetryGeneration   int             `json:"retry_generation"`
	Generation        int             `json:"generation"`
	DialError         json.RawMessage `json:"dial_error"`
}

func policy(s supervisor.Strategy) supervisor.Policy {
	return supervisor.Policy{
		Strategy: s,
		Backoff:  supervisor.Backoff{Base: time.Second, Max: 30 * time.Second},
		Stable:   time.Minute,
	}
}

// runClose judges by the strategy that does as the first version of the reference.
func runClose(t *testing.T, v vector) any {
	in := input[closeInput](t, v)
	failure := supervisor.Failure{Err: &wire.CloseError{Code: in.Code, Reason: in.Reason}}
	verdict, _ := policy(supervisor.Strict).Judge(failure, supervisor.History{Handshaked: in.HandshakedBefore}, 0)
	return map[string]any{
		"auth_revoked": verdict.Outcome == supervisor.Disable,
		"redial":       verdict.Outcome == supervisor.Retry,
	}
}

// runTwoStrike judges by the strategy that does as later versions of the reference.
func runTwoStrike(t *testing.T, v vector) any {
	in := input[closeInput](t, v)
	history := supervisor.History{
		Handshaked: in.HandshakedBefore || in.DialError != nil,
		Confirming: in.GenerationIsRetry || in.AuthRetryPending ||
			in.RetryGeneration != 0 && in.RetryGeneration == in.Generation,
	}
	failure := supervisor.Failure{Err: &wire.CloseError{Code: in.Code, Reason: in.Reason}}
	if in.DialError != nil {
		dial := &supervisor.DialError{Err: errors.New("refused")}
		if string(in.DialError) == "4401" {
			dial.Status = http.StatusUnauthorized
		}
		failure.Err = dial
	}
	verdict, after := policy(supervisor.Confirm).Judge(failure, history, 0)
	out := map[string]any{"auth_revoked": verdict.Outcome == supervisor.Disable, "redial": false}
	if verdict.Outcome == supervisor.Retry {
		out["redial"] = "backoff"
		if verdict.Delay == 0 {
			out["redial"] = "immediate_fresh_token"
		}
	}
	if _, ok := object(v.Want)["auth_retry_pending"]; ok {
		out["auth_retry_pending"] = after.Confirming
	}
	return out
}
