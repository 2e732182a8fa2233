package supervisor_test

import (
	"fmt"
	"testing"
	"time"

	"hermod/supervisor"
)

// refusals are what a connector can answer to a credential. An HTTP status comes at a dial only.
var refusals = []struct {
	name string
	err  error
	auth bool
	dial bool
}{
	{"4401", unauthorized, true, false},
	{"4401 expired", expired, true, false},
	{"4403", closed(4403, ""), true, false},
	{"HTTP 401", http401, true, true},
	{"HTTP 403", http403, true, true},
}

// TestEveryStrategyJudgesEveryRefusalAsItsTableSays goes through the table of strategies cell by cell. Each cell has
// the verdicts on the refusals above, in their order; "-" is a refusal that cannot happen there.
func TestEveryStrategyJudgesEveryRefusalAsItsTableSays(t *testing.T) {
	first := onRung(1)
	const none = "-"
	never := []string{first, first, first, first, first}
	for _, tt := range []struct {
		cell     string
		strategy supervisor.Strategy
		live     bool
		history  supervisor.History
		want     []string
	}{
		{"strict, before any handshake", supervisor.Strict, false, fresh, never},
		{"strict, live", supervisor.Strict, true, fresh, []string{disabled, disabled, first, none, none}},
		{"strict, live again", supervisor.Strict, true, known, []string{disabled, disabled, first, none, none}},
		{"strict, at a re-dial", supervisor.Strict, false, known, []string{disabled, disabled, first, disabled, first}},

		{"terminal, before any handshake", supervisor.Terminal, false, fresh, never},
		{"terminal, live", supervisor.Terminal, true, fresh, []string{disabled, first, first, none, none}},
		{"terminal, live again", supervisor.Terminal, true, known, []string{disabled, first, first, none, none}},
		{"terminal, at a re-dial", supervisor.Terminal, false, known, []string{atOnce, first, first, atOnce, first}},
		{"terminal, at the confirming dial", supervisor.Terminal, false, confirming, []string{disabled, first, first, disabled, first}},
		{"terminal, live by the confirming dial", supervisor.Terminal, true, confirming, []string{disabled, first, first, none, none}},
		{"terminal, at a re-dial after a confirmation", supervisor.Terminal, false, confirmed, []string{first, first, first, first, first}},

		{"no name, before any handshake", "", false, fresh, never},
		{"no name, live", "", true, fresh, []string{disabled, first, first, none, none}},
		{"no name, at a re-dial", "", false, known, []string{atOnce, first, first, atOnce, first}},

		{"confirm, before any handshake", supervisor.Confirm, false, fresh, never},
		{"confirm, live", supervisor.Confirm, true, fresh, []string{atOnce, first, first, none, none}},
		{"confirm, live again", supervisor.Confirm, true, known, []string{atOnce, first, first, none, none}},
		{"confirm, at a re-dial", supervisor.Confirm, false, known, []string{atOnce, first, first, atOnce, first}},
		{"confirm, at the confirming dial", supervisor.Confirm, false, confirming, []string{disabled, first, first, disabled, first}},
		{"confirm, live by the confirming dial", supervisor.Confirm, true, confirming, []string{first, first, first, none, none}},
		{"confirm, at a re-dial after a confirmation", supervisor.Confirm, false, confirmed, []string{first, first, first, first, first}},
	} {
		p := policyOf(tt.strategy)
		for i, refusal := range refusals {
			if tt.want[i] == none {
				if !refusal.dial || !tt.live {
					t.Errorf("%s: no verdict on %s is expected", tt.cell, refusal.name)
				}
				continue
			}
			t.Run(tt.cell+"/"+refusal.name, func(t *testing.T) {
				got, _ := p.Judge(supervisor.Failure{Err: refusal.err, Handshaked: tt.live, Up: time.Second}, tt.history, 0)
				if short(p, got) != tt.want[i] || got.Auth != refusal.auth {
					t.Errorf("verdict: %s, auth %v; want %s, auth %v", short(p, got), got.Auth, tt.want[i], refusal.auth)
				}
			})
		}
	}
}

func TestAReasonIsExpiredWhateverItsCaseAndOnlyAlone(t *testing.T) {
	p := policyOf(supervisor.Terminal)
	for _, tt := range []struct {
		reason string
		want   string
	}{
		{"expired", onRung(1)}, {" Expired\n", onRung(1)}, {"EXPIRED", onRung(1)},
		{"", disabled}, {"unauthorized", disabled}, {"expired or revoked", disabled}, {"not expired", disabled},
	} {
		err := fmt.Errorf("link: %w", closed(4401, tt.reason))
		if got, _ := p.Judge(supervisor.Failure{Err: err, Handshaked: true}, fresh, 0); short(p, got) != tt.want {
			t.Errorf("a live link closed 4401 %q: %s, want %s", tt.reason, short(p, got), tt.want)
		}
	}
}

func TestAConfirmationIsOwedUntilADialGetsADescriptorOrIsRefused(t *testing.T) {
	for _, tt := range []struct {
		name    string
		failure supervisor.Failure
		history supervisor.History
		want    bool
	}{
		{"begun by a refusal", supervisor.Failure{Err: http401}, known, true},
		{"kept when no connection came about", supervisor.Failure{Err: network}, confirming, true},
		{"kept when the connector was not ready", supervisor.Failure{Err: http503}, confirming, true},
		{"kept when it forbids", supervisor.Failure{Err: http403}, confirming, true},
		{"kept when it closes as forbidden", supervisor.Failure{Err: closed(4403, "")}, confirming, true},
		{"kept when the connection dropped before its descriptor", supervisor.Failure{Err: drop}, confirming, true},
		{"kept when no descriptor came", supervisor.Failure{Err: noDescriptor}, confirming, true},
		{"kept when another gateway holds the id", supervisor.Failure{Err: closed(4000, "")}, confirming, true},
		{"over when the token was merely old", supervisor.Failure{Err: expired}, confirming, false},
		{"over when a descriptor came", supervisor.Failure{Err: drop, Handshaked: true}, confirming, false},
		{"over after a stable connection", supervisor.Failure{Err: drop, Handshaked: true, Up: time.Hour}, confirming, false},
	} {
		for _, strategy := range []supervisor.Strategy{supervisor.Terminal, supervisor.Confirm} {
			t.Run(tt.name+"/"+string(strategy), func(t *testing.T) {
				verdict, after := policyOf(strategy).Judge(tt.failure, tt.history, 0)
				if after.Confirming != tt.want || verdict.Outcome != supervisor.Retry {
					t.Errorf("confirming %v with the outcome %v, want %v and a retry", after.Confirming, verdict.Outcome, tt.want)
				}
			})
		}
	}
}

// TestHistoriesOfRefusals follows relays from their first handshake on.
func TestHistoriesOfRefusals(t *testing.T) {
	type end struct {
		failure supervisor.Failure
		want    string
	}
	redial := func(err error, want string) end { return end{supervisor.Failure{Err: err}, want} }
	lived := func(up time.Duration, err error, want string) end {
		return end{supervisor.Failure{Err: err, Handshaked: true, Up: up}, want}
	}
	for _, tt := range []struct {
		name     string
		strategy supervisor.Strategy
		ends     []end
	}{
		{"an aged token costs one more dial", supervisor.Terminal, []end{
			lived(time.Hour, drop, onRung(1)), redial(unauthorized, atOnce), lived(time.Hour, drop, onRung(1))}},
		{"a revocation at a re-dial costs two", supervisor.Terminal, []end{
			lived(time.Hour, drop, onRung(1)), redial(unauthorized, atOnce), redial(unauthorized, disabled)}},
		{"both refusals may be of either form", supervisor.Terminal, []end{
			lived(time.Hour, drop, onRung(1)), redial(http401, atOnce), redial(unauthorized, disabled)}},
		{"a confirmation outlasts an outage", supervisor.Terminal, []end{
			lived(time.Hour, drop, onRung(1)), redial(unauthorized, atOnce), redial(network, onRung(2)),
			redial(http503, onRung(3)), redial(drop, onRung(4)), redial(http401, disabled)}},
		{"a confirming dial that was accepted, then closed, is a live link: terminal", supervisor.Terminal, []end{
			lived(time.Hour, drop, onRung(1)), redial(unauthorized, atOnce), lived(50*time.Second, unauthorized, disabled)}},
		{"a confirming dial that was accepted, then closed, is a live link: confirm", supervisor.Confirm, []end{
			lived(time.Hour, unauthorized, atOnce), lived(50*time.Second, unauthorized, onRung(1)),
			lived(50*time.Second, unauthorized, onRung(2)), redial(unauthorized, disabled)}},
		{"a stable link earns its dial at once again", supervisor.Confirm, []end{
			lived(time.Second, unauthorized, atOnce), lived(time.Minute, unauthorized, atOnce),
			lived(time.Minute-1, unauthorized, onRung(1))}},
		{"refused and accepted in turn climbs the ladder", supervisor.Terminal, []end{
			lived(time.Second, drop, onRung(1)), redial(unauthorized, atOnce), lived(time.Second, drop, onRung(2)),
			redial(unauthorized, onRung(3)), lived(time.Second, drop, onRung(4))}},
		{"unauthorized and expired in turn climbs the ladder", supervisor.Confirm, []end{
			lived(time.Second, unauthorized, atOnce), redial(expired, onRung(1)), redial(unauthorized, onRung(2)),
			redial(expired, onRung(3)), redial(unauthorized, onRung(4)), redial(unauthorized, disabled)}},
		{"an expired token is never final", supervisor.Confirm, []end{
			lived(time.Second, expired, onRung(1)), redial(expired, onRung(2)), redial(expired, onRung(3))}},
		{"strict disables at the first", supervisor.Strict, []end{
			redial(unauthorized, onRung(1)), redial(http401, onRung(2)), lived(time.Hour, expired, disabled)}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p, history := policyOf(tt.strategy), fresh
			for i, e := range tt.ends {
				var verdict supervisor.Verdict
				verdict, history = p.Judge(e.failure, history, 0)
				if got := short(p, verdict); got != e.want {
					t.Fatalf("end %d, %v: %s, want %s", i+1, e.failure.Err, got, e.want)
				}
			}
		})
	}
}
