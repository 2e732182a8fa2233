//go:build cluster

package main

import (
	"fmt"
	"maps"
	"slices"
	"time"
)

// costs is what a failure did to the bots that got a new session since a moment: when they were there for good, and for
// how long they had been away, if the connector saw that; each in order.
type costs struct {
	ready, gaps []time.Duration
	sessions    int
}

func (p *platformSide) costsSince(since time.Time) (c costs) {
	p.mu.Lock()
	defer p.mu.Unlock()
	last, ready := make(map[string]*life), make(map[string]time.Duration)
	for _, l := range p.lives {
		before := last[l.bot]
		last[l.bot] = l
		if l.began.Before(since) {
			continue
		}
		c.sessions++
		ready[l.bot] = l.began.Sub(since)
		if before != nil && before.ended.After(since) {
			c.gaps = append(c.gaps, max(0, l.began.Sub(before.ended)))
		}
	}
	c.ready = slices.Sorted(maps.Values(ready))
	slices.Sort(c.gaps)
	return c
}

func (c *costs) add(more costs) {
	c.ready = slices.Sorted(slices.Values(slices.Concat(c.ready, more.ready)))
	c.gaps = slices.Sorted(slices.Values(slices.Concat(c.gaps, more.gaps)))
	c.sessions += more.sessions
}

// ended says whether each of these bots has lost the session that it had at a moment.
func (p *platformSide) ended(bots []string, since time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, bot := range bots {
		if s := p.bots[bot].session; s != nil && s.life.began.Before(since) {
			return false
		}
	}
	return true
}

// first is when the first of these bots got a session after a moment.
func (p *platformSide) first(bots []string, since time.Time) (at time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, bot := range bots {
		if s := p.bots[bot].session; s != nil && s.life.began.After(since) && (at.IsZero() || s.life.began.Before(at)) {
			at = s.life.began
		}
	}
	return at
}

// moves counts the sessions of each bot that began since a moment on another node than the one before.
func (p *platformSide) moves(since time.Time) map[string]int {
	p.mu.Lock()
	defer p.mu.Unlock()
	last, moves := make(map[string]string), make(map[string]int)
	for _, l := range p.lives {
		if !l.began.Before(since) && last[l.bot] != l.node {
			moves[l.bot]++
		}
		last[l.bot] = l.node
	}
	return moves
}

// abrupt counts the sessions that ended since a moment, but not in order.
func (p *platformSide) abrupt(since time.Time) (n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, l := range p.lives {
		if l.ended.After(since) && !l.inOrder {
			n++
		}
	}
	return n
}

// outdated are the sessions of an epoch that was over.
func (p *platformSide) outdated() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.late
}

// wrong says what must never be and was; "" for nothing.
func (p *platformSide) wrong() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.doubles)+len(p.late)+p.again == 0 {
		return ""
	}
	return fmt.Sprintf("two live sessions: %v; sessions of an epoch that was over: %v; deliveries that came again: %d", p.doubles, p.late, p.again)
}

// median and worst of durations that are in order; 0 of none.
func median(of []time.Duration) time.Duration {
	if len(of) == 0 {
		return 0
	}
	return of[len(of)/2]
}

func worst(of []time.Duration) time.Duration {
	if len(of) == 0 {
		return 0
	}
	return of[len(of)-1]
}
