package supervisor_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"hermod/supervisor"
	"hermod/wire"
)

// The failures that the tests judge, and the histories they find.
var (
	unauthorized = &wire.CloseError{Code: wire.CloseUnauthorized, Reason: "unauthorized"}
	expired      = &wire.CloseError{Code: wire.CloseUnauthorized, Reason: "expired"}
	drop         = &supervisor.LostError{Op: "read", Err: io.ErrUnexpectedEOF}
	network      = &supervisor.DialError{Err: errors.New("connection refused")}
	http401      = &supervisor.DialError{Status: http.StatusUnauthorized, Err: errors.New("refused")}
	http403      = &supervisor.DialError{Status: http.StatusForbidden, Err: errors.New("refused")}
	http503      = &supervisor.DialError{Status: http.StatusServiceUnavailable, Err: errors.New("refused")}
	noDescriptor = &supervisor.HandshakeError{Err: errors.New("no descriptor in time")}
	misconfig    = &wire.ConfigError{Field: "url", Reason: "has no host"}

	fresh      = supervisor.History{}
	known      = supervisor.History{Handshaked: true}
	confirming = supervisor.History{Handshaked: true, Confirming: true, ConfirmedAtOnce: true}
	confirmed  = supervisor.History{Handshaked: true, ConfirmedAtOnce: true}
)

func closed(code int, reason string) error { return &wire.CloseError{Code: code, Reason: reason} }

// policyOf has a ladder of 1, 2, 4 … 30 s and resets it after a minute.
func policyOf(s supervisor.Strategy) supervisor.Policy {
	return supervisor.Policy{
		Strategy: s,
		Backoff:  supervisor.Backoff{Base: time.Second, Max: 30 * time.Second},
		Stable:   time.Minute,
	}
}

// The verdicts that the tables expect.
const (
	atOnce   = "retry at once"
	disabled = "disable"
	failed   = "fail"
)

func onRung(n int) string { return fmt.Sprintf("retry on rung %d", n) }

// short puts a verdict into the tables' words; a delay that does not fit its attempt shows.
func short(p supervisor.Policy, v supervisor.Verdict) string {
	switch {
	case v.Outcome != supervisor.Retry:
		return v.Outcome.String()
	case v.Attempt == 0 && v.Delay == 0:
		return atOnce
	case v.Delay == p.Backoff.Delay(v.Attempt, 0):
		return onRung(v.Attempt)
	}
	return fmt.Sprintf("retry after %v as attempt %d", v.Delay, v.Attempt)
}

type ruleCase struct {
	name    string
	err     error
	history supervisor.History
	want    string
	auth    bool
}

func checkRules(t *testing.T, p supervisor.Policy, table []ruleCase) {
	t.Helper()
	for _, tt := range table {
		t.Run(tt.name, func(t *testing.T) {
			got, after := p.Judge(supervisor.Failure{Err: tt.err}, tt.history, 0)
			if short(p, got) != tt.want || got.Auth != tt.auth {
				t.Errorf("verdict on %v: %s, auth %v; want %s, auth %v", tt.err, short(p, got), got.Auth, tt.want, tt.auth)
			}
			if tt.history.Handshaked && !after.Handshaked {
				t.Error("the verdict forgot that there was a handshake")
			}
		})
	}
}

func TestNoStrategyEndsTheRelayForAnythingButARefusedCredential(t *testing.T) {
	for _, strategy := range []supervisor.Strategy{supervisor.Terminal, supervisor.Strict, supervisor.Confirm} {
		t.Run(string(strategy), func(t *testing.T) {
			checkRules(t, policyOf(strategy), []ruleCase{
				{"network error before a handshake", network, fresh, onRung(1), false},
				{"network error after one", network, known, onRung(1), false},
				{"drop before", drop, fresh, onRung(1), false},
				{"drop after", drop, known, onRung(1), false},
				{"no descriptor before", noDescriptor, fresh, onRung(1), false},
				{"no descriptor after", noDescriptor, known, onRung(1), false},
				{"a bug", &supervisor.BugError{Reason: "nil map"}, known, onRung(1), false},
				{"1000 after", closed(1000, "bye"), known, onRung(1), false},
				{"1001 after", closed(1001, "shutting down"), known, onRung(1), false},
				{"1005 after", closed(1005, ""), known, onRung(1), false},
				{"1009 after", closed(1009, ""), known, onRung(1), false},
				{"1011 after", closed(1011, ""), known, onRung(1), false},
				{"1012 after", closed(1012, ""), known, onRung(1), false},
				{"another code with 4401's reason", closed(1000, "expired"), known, onRung(1), false},
				{"a code nobody knows", closed(4999, "?"), known, onRung(1), false},
				{"HTTP 503 after", http503, known, onRung(1), false},
				{"wrong configuration before", misconfig, fresh, failed, false},
				{"wrong configuration after", misconfig, known, failed, false},
				{"wrong configuration found by a dial", &supervisor.DialError{Err: misconfig}, known, failed, false},
			})
		})
	}
}

func TestAConnectorThatAsksForDistanceIsDialledFromTheThirdRung(t *testing.T) {
	p := policyOf(supervisor.Terminal)
	third, high := onRung(3), supervisor.History{Handshaked: true, Rung: 5}
	checkRules(t, p, []ruleCase{
		{"1008 before a handshake", closed(1008, ""), fresh, third, false},
		{"1008 after", closed(1008, "duplicate session"), known, third, false},
		{"4000", closed(4000, "replaced by another"), known, third, false},
		{"1000 replaced", closed(1000, "replaced"), known, third, false},
		{"1000 replaced by whom", closed(1000, "replaced by gateway 2"), known, third, false},
		{"1013", closed(1013, ""), known, third, false},
		{"from the second rung", closed(1013, ""), supervisor.History{Rung: 1}, third, false},
		{"above the third rung", closed(1013, ""), high, onRung(6), false},
		{"1001 replaced is a shutdown", closed(1001, "replaced"), known, onRung(1), false},
		{"1000 that only mentions it", closed(1000, "not replaced"), known, onRung(1), false},
	})
}

func TestWithoutReconnectingEveryFailureIsFinal(t *testing.T) {
	p := policyOf(supervisor.Confirm)
	p.NoReconnect = true
	checkRules(t, p, []ruleCase{
		{"drop", drop, known, failed, false},
		{"network error", network, fresh, failed, false},
		{"try later", closed(1013, ""), known, failed, false},
		{"4401 before", unauthorized, fresh, failed, true},
		{"4401 expired", expired, known, failed, true},
		{"4401 after is a revocation", unauthorized, known, disabled, true},
		{"so is HTTP 401, which nothing can confirm", http401, known, disabled, true},
		{"configuration", misconfig, fresh, failed, false},
	})
}

func TestOnlyAStableConnectionResetsTheLadder(t *testing.T) {
	p := policyOf(supervisor.Terminal)
	high := supervisor.History{Handshaked: true, Rung: 4}
	for _, tt := range []struct {
		name    string
		failure supervisor.Failure
		want    int
	}{
		{"no handshake", supervisor.Failure{Err: drop}, 5},
		{"dropped right after its descriptor", supervisor.Failure{Err: drop, Handshaked: true}, 5},
		{"a moment short of stable", supervisor.Failure{Err: drop, Handshaked: true, Up: time.Minute - 1}, 5},
		{"just stable", supervisor.Failure{Err: drop, Handshaked: true, Up: time.Minute}, 1},
		{"long up without a descriptor", supervisor.Failure{Err: drop, Up: time.Hour}, 5},
		{"stable, then asked for distance", supervisor.Failure{Err: closed(1013, ""), Handshaked: true, Up: time.Hour}, 3},
	} {
		t.Run(tt.name, func(t *testing.T) {
			verdict, after := p.Judge(tt.failure, high, 0)
			if verdict.Attempt != tt.want || after.Rung != tt.want {
				t.Errorf("attempt %d, remembered %d; want %d", verdict.Attempt, after.Rung, tt.want)
			}
		})
	}
}

func TestALinkThatWasLeftOnPurposeIsCreditedLikeOneThatEnded(t *testing.T) {
	p := policyOf(supervisor.Confirm)
	flapped := supervisor.History{Rung: 4, Confirming: true, ConfirmedAtOnce: true}
	if got, want := p.Credit(time.Second, flapped), (supervisor.History{Handshaked: true, Rung: 4,
		ConfirmedAtOnce: true}); got != want {
		t.Errorf("after a short link %+v, want %+v", got, want)
	}
	if got := p.Credit(time.Minute, flapped); got != known {
		t.Errorf("after a stable link %+v, want %+v", got, known)
	}
}

func TestAConnectorThatFlapsAfterTheHandshakeIsDialledOnAClimbingLadder(t *testing.T) {
	p := policyOf(supervisor.Terminal)
	var history supervisor.History
	var verdict supervisor.Verdict
	flap := supervisor.Failure{Err: closed(1001, ""), Handshaked: true, Up: time.Second}
	for i, want := range []time.Duration{1, 2, 4, 8, 16, 30, 30} {
		verdict, history = p.Judge(flap, history, 0)
		if verdict.Delay != want*time.Second/2 {
			t.Fatalf("flap %d: the next dial comes after %v, want %v", i+1, verdict.Delay, want*time.Second/2)
		}
	}
}

func TestAVerdictTellsTheUserWhatToDo(t *testing.T) {
	p := policyOf(supervisor.Terminal)
	for _, tt := range []struct {
		name    string
		err     error
		history supervisor.History
		hinted  bool
	}{
		{"revoked", unauthorized, confirming, true},
		{"to be confirmed", unauthorized, known, true},
		{"refused", unauthorized, fresh, true},
		{"refused by HTTP", http403, fresh, true},
		{"replaced", closed(4000, ""), known, true},
		{"try later", closed(1013, ""), known, true},
		{"wrong configuration", misconfig, fresh, true},
		{"no connection", &supervisor.DialError{Err: errors.New("connection refused")}, fresh, true},
		{"drop", drop, known, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if verdict, _ := p.Judge(supervisor.Failure{Err: tt.err}, tt.history, 0); (verdict.Hint != "") != tt.hinted {
				t.Errorf("hint %q, want one: %v", verdict.Hint, tt.hinted)
			}
		})
	}
}

func TestParseStrategyKnowsItsNamesAndListsThemForAnother(t *testing.T) {
	for name, want := range map[string]supervisor.Strategy{
		"":         supervisor.Terminal,
		"terminal": supervisor.Terminal,
		"strict":   supervisor.Strict,
		"confirm":  supervisor.Confirm,
	} {
		if got, err := supervisor.ParseStrategy(name); got != want || err != nil {
			t.Errorf("ParseStrategy(%q) = %q, %v; want %q", name, got, err, want)
		}
	}
	for _, name := range []string{"Terminal", "strict ", "two-strike"} {
		_, err := supervisor.ParseStrategy(name)
		var config *wire.ConfigError
		if !errors.As(err, &config) || config.Field != "strategy" {
			t.Errorf("ParseStrategy(%q): %v, want a configuration error", name, err)
			continue
		}
		for _, s := range []supervisor.Strategy{supervisor.Terminal, supervisor.Strict, supervisor.Confirm} {
			if !strings.Contains(config.Reason, string(s)) {
				t.Errorf("ParseStrategy(%q): %q does not name %s", name, config.Reason, s)
			}
		}
	}
}
