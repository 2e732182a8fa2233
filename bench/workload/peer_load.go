package workload

import (
	"net"
	"time"
)

// hungRate is how many events per second the hanging chat gets. It is so low that its waiting events stay far below the
// queue's bound in any sensible run, because the figure is about chats that share a relay and not about a full queue.
const hungRate = 100

// pacing is the interval of events at a rate, and maxDebt the longest lack of CPU time that the peer catches up on.
const (
	pacing  = time.Millisecond
	maxDebt = 10 * pacing
)

// load begins the scenario's events on a connection that was greeted.
func (p *Peer) load(conn net.Conn) {
	switch p.spec.Scenario {
	case Inbound, InboundAcks:
		p.wg.Go(func() { p.flood(conn) })
	case Hang:
		p.wg.Go(func() { p.floodWithHung(conn) })
	case Silence:
		if _, err := conn.Write(p.block.message(0)); err != nil { // so that the silence is not the first of all
			return
		}
		p.sent.Add(1)
		fallthrough
	case Duplex, Spread:
		select {
		case p.greeted <- conn:
		case <-p.ended:
		}
	}
}

func (p *Peer) flood(conn net.Conn) {
	for {
		if _, err := conn.Write(p.block.bytes); err != nil {
			return
		}
		p.sent.Add(int64(p.block.frames))
	}
}

// floodWithHung floods, and now and then has an event for the chat that hangs.
func (p *Peer) floodWithHung(conn net.Conn) {
	ticker := time.NewTicker(time.Second / hungRate)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			if _, err := conn.Write(p.hung); err != nil {
				return
			}
		default:
		}
		if _, err := conn.Write(p.block.bytes); err != nil {
			return
		}
		p.sent.Add(int64(p.block.frames))
	}
}

// pace deals events at the rate to the connections in turn, one message per write, once all have their descriptor. The
// number of writes does not depend on the number of connections.
func (p *Peer) pace() {
	conns, ok := p.gather()
	if !ok {
		return
	}
	ticker := time.NewTicker(pacing)
	defer ticker.Stop()
	last, due := time.Now(), 0.0
	for i := 0; ; {
		select {
		case <-ticker.C:
		case <-p.ended:
			return
		}
		now := time.Now()
		due += min(now.Sub(last), maxDebt).Seconds() * p.spec.Rate
		last = now
		for ; due >= float64(p.block.batch); due -= float64(p.block.batch) {
			if _, err := conns[i%len(conns)].Write(p.block.message(i)); err != nil {
				return
			}
			p.sent.Add(int64(p.block.batch))
			i++
		}
	}
}
