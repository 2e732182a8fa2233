package demo

import (
	"fmt"
	"strings"
)

// account is what the demo's claims come down to.
type account struct {
	totals
	resolved int      // requests that got their outcome, by the engine's count
	buffered int      // deliveries that the connector still holds
	copies   int      // deliveries that the engine recognised as copies and dropped
	missing  []string // injected events without a fate
}

// entry is one line of the account; it balances when both sides are equal.
type entry struct {
	name        string
	left, right int
	detail      string
}

func (e entry) balances() bool { return e.left == e.right }

func (a account) entries() []entry {
	return []entry{
		{"events injected", a.injected, a.handled + a.deadLettered, fmt.Sprintf("%d handled + %d dead-lettered", a.handled, a.deadLettered)},
		{"duplicates seen by handlers", a.duplicates, 0, fmt.Sprintf("0 (the engine dropped %d copies)", a.copies)},
		{"requests sent", a.sent, a.resolved, fmt.Sprintf("%d resolved", a.resolved)},
		{"left in the connector's buffer", a.buffered, 0, "0"},
	}
}

// maxNamed bounds how many missing events an error names.
const maxNamed = 5

// check returns an error that names every line that does not balance.
func (a account) check() error {
	var off []string
	for _, e := range a.entries() {
		if !e.balances() {
			off = append(off, fmt.Sprintf("%s: %d is not %s", e.name, e.left, e.detail))
		}
	}
	if off == nil {
		return nil
	}
	if len(a.missing) > 0 {
		off = append(off, "without a fate: "+strings.Join(a.missing[:min(len(a.missing), maxNamed)], ", "))
	}
	return fmt.Errorf("the account does not balance: %s", strings.Join(off, "; "))
}
