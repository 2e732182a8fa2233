package check

import (
	"context"
	"time"
)

// Verdict is what a check found.
type Verdict string

// The verdicts.
const (
	OK            Verdict = "ok"
	Broken        Verdict = "broken"
	NotApplicable Verdict = "not applicable"
)

// Check is one rule of the protocol that can be seen from outside.
type Check struct {
	// Name is subject.rule, unique within its suite ("auth.expired").
	Name string
	// Section is the heading of wire/PROTOCOL.md that the rule stands under.
	Section string
	// Rule is the rule in one line.
	Rule string
	// Slow checks wait for longer than ten seconds on a peer that is right.
	Slow bool
	// Destructive checks change something that lasts: what a gateway declared, its credentials, or whether it dials.
	Destructive bool

	limit time.Duration // 0: defaultLimit
	run   func(ctx context.Context, p *probe)
}

// defaultLimit bounds a check that names no limit.
const defaultLimit = 90 * time.Second

// Result is what came of one check.
type Result struct {
	Name    string  `json:"name"`
	Section string  `json:"section"`
	Rule    string  `json:"rule"`
	Verdict Verdict `json:"verdict"`
	// Reason says what went wrong, or why the check is not applicable. Empty if it is ok.
	Reason string `json:"reason,omitempty"`
	// Expected, Sent and Came are set if it is broken: what the rule wants, and the newest frames of both directions,
	// oldest first, each cut to one line of 200 characters.
	Expected string   `json:"expected,omitempty"`
	Sent     []string `json:"sent,omitempty"`
	Came     []string `json:"came,omitempty"`
	// Seconds is how long the check took.
	Seconds float64 `json:"seconds"`
}

// Report is the outcome of a run.
type Report struct {
	Results []Result `json:"results"`
}

// Count returns how many checks have the verdict.
func (r Report) Count(v Verdict) int {
	n := 0
	for _, result := range r.Results {
		if result.Verdict == v {
			n++
		}
	}
	return n
}

// List returns every check for connectors and every check for gateways, in the order in which they run.
func List() (connector, gateway []Check) { return connectorChecks(nil, nil), gatewayChecks(nil) }
