package workload

import (
	"net"
	"time"
)

// breakSilence waits until all connections are there, lets them rest, and then has one event for each, at the rate and
// one message a write.
func (p *Peer) breakSilence() {
	conns, ok := p.gather()
	if !ok || !p.pause(time.Duration(p.spec.Rest*float64(time.Second))) {
		return
	}
	event := newStamped(p.spec)
	ticker := time.NewTicker(pacing)
	defer ticker.Stop()
	for begin, sent := time.Now(), 0; sent < len(conns); {
		select {
		case <-ticker.C:
		case <-p.ended:
			return
		}
		for due := min(len(conns), int(time.Since(begin).Seconds()*p.spec.Rate)); sent < due; sent++ {
			if _, err := conns[sent].Write(event.now()); err != nil {
				return
			}
			p.sent.Add(1)
		}
	}
}

// gather returns the connections once all are greeted; ok is false if the peer ended first.
func (p *Peer) gather() (conns []net.Conn, ok bool) {
	for len(conns) < p.spec.Relays {
		select {
		case conn := <-p.greeted:
			conns = append(conns, conn)
		case <-p.ended:
			return nil, false
		}
	}
	return conns, true
}

// pause waits; it returns false if the peer ended first.
func (p *Peer) pause(d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-p.ended:
		return false
	}
}
