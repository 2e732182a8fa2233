package main

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"
)

// played is what the relays of a storm do if they follow the rules exactly.
func played(s storm, relays int) (m measured) {
	m.phases = s.phases
	for i := range relays {
		dials := s.play()
		for _, at := range dials {
			m.events = append(m.events, event{dialled, i, time.Time{}.Add(at)})
		}
		m.events = append(m.events, event{isReady, i, time.Time{}.Add(dials[len(dials)-1])})
	}
	return m
}

func TestRelaysThatFollowTheRulesBreakNoPromise(t *testing.T) {
	for name, s := range storms {
		if r := compare(options{relays: 80}, s, played(s, 80)); len(r.faults) > 0 || r.total == 0 {
			t.Errorf("%s: %d dials, %q", name, r.total, r.faults)
		}
	}
}

func TestEachBrokenPromiseIsFound(t *testing.T) {
	const relays = 80
	for want, spoil := range map[string]func(*measured){
		"relay 7 has ended":      func(m *measured) { m.events = append(m.events, event{what: isOver, relay: 7}) },
		"79 of 80 relays":        func(m *measured) { m.events = append(m.events, event{what: isLost, relay: 7}) },
		"80 of 80 relays":        func(m *measured) { m.over = true },
		"before the ladder":      func(m *measured) { m.events = slices.Insert(m.events, 0, event{what: dialled}) },
		"dials, the rules":       func(m *measured) { m.events = append(m.events, m.events...) },
		"dials in a second, the": func(m *measured) { m.events = append(m.events, m.events...) },
	} {
		s := storms["later"]
		m := played(s, relays)
		spoil(&m)
		r := compare(options{relays: relays}, s, m)
		if !slices.ContainsFunc(r.faults, func(fault string) bool { return strings.Contains(fault, want) }) {
			t.Errorf("%q was not found: %q", want, r.faults)
		}
	}
}

func TestTheIdealOfARestartIsWhatTheLadderSays(t *testing.T) {
	i := storms["restart"].ideal(1000)
	if math.Round(i.dials[0]) != 1000 {
		t.Errorf("%v dials in the first second, want one of each relay", i.dials[0])
	}
	// Two seconds away: served by the second dial, in [1.5 s, 3 s], or by the third, at most 4 s behind it.
	if first, last := i.ready[0], i.ready[len(i.ready)-1]; first < 2*time.Second || last > 6*time.Second || i.last > last {
		t.Errorf("ready from %v to %v, the last on average at %v", first, last, i.last)
	}
}

func TestAStormOfNobodyOrOfNoKindIsRefused(t *testing.T) {
	for want, o := range map[string]options{
		"-relays -5":          {relays: -5, kinds: "restart"},
		"-relays 0":           {relays: 0, kinds: "restart"},
		`-kinds: "hurricane"`: {relays: 1, kinds: "restart,hurricane"},
	} {
		if err := o.check(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %s", err, want)
		}
	}
}
