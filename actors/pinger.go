package actors

import (
	"container/heap"
	"log/slog"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	"github.com/gobwas/ws"

	"hermod/actors/internal/socket"
	"hermod/actors/passive"
	"hermod/supervisor"
)

// pings is the reference to the pinger of an engine's connections. It outlives the engine, as connections may.
type pings struct{ passive.Ref[any, *pinger] }

func (p *pings) start(common *common, log func() *slog.Logger) {
	p.By = &pinger{common: common, log: log}
	p.Rest()
}

// begin has a connection pinged at each PingInterval, until end.
func (p *pings) begin(c *connection) { p.Lend(&beginPings{connection: c}) }

func (p *pings) end(c *connection) { p.Lend(&endPings{connection: c}) }

type (
	beginPings struct{ connection *connection }
	endPings   struct{ connection *connection }
	pingDue    struct{}
)

// pinger asks the connectors of all connections whether they are there, with one timer for all: a relay at rest has no
// timer of its own, and neither its relay nor its link is activated. It tells a link when a pong is overdue. It is
// passive while there is no connection.
type pinger struct {
	common *common
	log    func() *slog.Logger
	due    pingHeap
	timer  *time.Timer // nil before the first connection
}

var pingerProps = passive.NewProps()

// Activate implements passive.Activator.
func (p *pinger) Activate(box *passive.Mailbox) error {
	root := p.common.tree
	name := "hermod-pinger-" + root.ActorSystem().ProcessRegistry.NextId()
	_, err := root.SpawnNamed(pingerProps.Of(p, box), name)
	return err
}

// Passivated implements passive.Activator.
func (p *pinger) Passivated() {}

// Rests implements passive.resting.
func (p *pinger) Rests() bool { return len(p.due) == 0 }

// Receive implements actor.Actor.
func (p *pinger) Receive(ctx actor.Context) {
	defer supervisor.LogBug(p.log, ctx)
	switch m := ctx.Message().(type) {
	case *beginPings:
		if m.connection.ended.IsGiven() {
			return
		}
		p.due = append(p.due, pingTime{at: sinceStart() + int64(m.connection.relay.cfg.PingInterval), of: m.connection})
		m.connection.pingAt = int32(len(p.due))
		heap.Fix(&p.due, len(p.due)-1)
	case *endPings:
		if at := m.connection.pingAt; at > 0 {
			p.remove(int(at - 1))
		}
	case *pingDue:
		p.sweep(sinceStart())
	default:
		supervisor.WarnUnknown(p.log, ctx)
		return
	}
	p.arm()
}

func (p *pinger) sweep(now int64) {
	for len(p.due) > 0 && p.due[0].at <= now {
		c := p.due[0].of
		if next, alive := c.askForPong(now); alive {
			p.due[0].at = next
			heap.Fix(&p.due, 0)
		} else {
			p.remove(0)
			c.link.Tell(&pongOverdue{})
		}
	}
}

func (p *pinger) remove(at int) {
	heap.Remove(&p.due, at)
	if len(p.due) == 0 {
		p.due = nil
	}
}

// arm has the timer fire when the next ping is due.
func (p *pinger) arm() {
	switch {
	case len(p.due) == 0:
		stopTimer(p.timer)
	case p.timer == nil:
		p.timer = time.AfterFunc(p.untilNext(), func() { p.common.pings.Tell(&pingDue{}) })
	default:
		p.timer.Reset(p.untilNext())
	}
}

func (p *pinger) untilNext() time.Duration { return time.Duration(p.due[0].at - sinceStart()) }

// askForPong asks the connector whether it is there, and returns when it is to be asked again; false when an older
// question is still open for too long. None is open while the answer could not be read, or the question cannot be
// written, which has a limit of its own.
func (c *connection) askForPong(now int64) (next int64, alive bool) {
	cfg := c.relay.cfg
	sent := c.pingSent.Load()
	switch {
	case c.paused.Load(), c.blocked.Load():
		sent = 0
		c.pingSent.Store(0)
	case sent == 0:
		sent = now
		c.pingSent.Store(now)
	case now-sent >= int64(cfg.PongTimeout):
		return 0, false
	}
	if !c.writeFirst(socket.AppendFrame(nil, ws.OpPing, nil)) {
		c.writer.Tell(&writePing{})
	}
	next = now + int64(cfg.PingInterval)
	if sent != 0 {
		next = max(now+int64(time.Millisecond), min(next, sent+int64(cfg.PongTimeout)))
	}
	return next, true
}

// pingTime says when a connection's next ping is due, or an open one overdue.
type pingTime struct {
	at int64 // as sinceStart has it
	of *connection
}

// pingHeap has the next one first. It implements heap.Interface, and tells each connection where it is.
type pingHeap []pingTime

// Len implements heap.Interface.
func (h pingHeap) Len() int { return len(h) }

// Less implements heap.Interface.
func (h pingHeap) Less(i, j int) bool { return h[i].at < h[j].at }

// Swap implements heap.Interface.
func (h pingHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].of.pingAt, h[j].of.pingAt = int32(i+1), int32(j+1)
}

// Push implements heap.Interface; nobody uses it, since it would allocate.
func (h *pingHeap) Push(any) {}

// Pop implements heap.Interface.
func (h *pingHeap) Pop() any {
	last := len(*h) - 1
	(*h)[last].of.pingAt = 0
	(*h)[last] = pingTime{}
	*h = (*h)[:last]
	return nil
}
