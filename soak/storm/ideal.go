package main

import (
	"math/rand/v2"
	"slices"
	"time"

	"hermod/supervisor"
)

// policy is that of relays without a setting of their own.
var policy = supervisor.Policy{Stable: time.Minute,
	Backoff: supervisor.Backoff{Base: time.Second, Max: 30 * time.Second}}

// ideal is what the rules come to for relays whose dials take no time.
type ideal struct {
	dials []float64       // of each second, on average
	total float64         // of all seconds
	ready []time.Duration // when a relay is ready for good, sorted; of many more relays than there are
	last  time.Duration   // when the last of so many relays is, on average
}

// rounds is how often the relays are played.
const rounds = 20

func (s storm) ideal(relays int) ideal {
	var i ideal
	for range rounds {
		var last time.Duration
		for range relays {
			dials := s.play()
			for _, at := range dials {
				second := int(at / time.Second)
				for len(i.dials) <= second {
					i.dials = append(i.dials, 0)
				}
				i.dials[second] += 1.0 / rounds
			}
			i.total += float64(len(dials)) / rounds
			ready := dials[len(dials)-1]
			i.ready = append(i.ready, ready)
			last = max(last, ready)
		}
		i.last += last / rounds
	}
	slices.Sort(i.ready)
	return i
}

// play returns when one relay dials; the last dial is the one that is served.
func (s storm) play() (dials []time.Duration) {
	var history supervisor.History
	now := time.Duration(0)
	if s.isNew {
		dials = append(dials, now)
	} else {
		now, history = after(now, supervisor.Failure{Err: errLost, Handshaked: true}, history)
		dials = append(dials, now)
	}
	for {
		p := s.at(now)
		if p.connector == serves {
			return dials
		}
		failure, took := p.failure()
		now, history = after(now+took, failure, history)
		dials = append(dials, now)
	}
}

// after returns when the dial after a failure is.
func after(now time.Duration, f supervisor.Failure, h supervisor.History) (time.Duration, supervisor.History) {
	verdict, h := policy.Judge(f, h, rand.Float64())
	return now + verdict.Delay, h
}

// quantile is when this share of the relays is ready.
func (i ideal) quantile(share float64) time.Duration {
	return i.ready[min(len(i.ready)-1, int(share*float64(len(i.ready))))]
}
