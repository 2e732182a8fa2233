package actors

import (
	"container/list"
	"log/slog"
	"math"
	"sync/atomic"

	"github.com/asynkron/protoactor-go/actor"

	"hermod/actors/internal/mailbox"
	"hermod/actors/passive"
	"hermod/supervisor"
)

// dials gives the links of an engine their turns to dial. It is what they know of the actor that bounds how many dials
// are under way, the dialQueue.
type dials struct {
	self              ref[toDials]
	max               int
	over              atomic.Bool  // the engine has ended: everybody may dial
	underWay, waiting atomic.Int64 // for the engine's status
}

// dialTurn is a link's place in the queue. The link makes it, asks with it and ends it; all else is the queue's.
type dialTurn struct {
	host string // of the connector
	link *passive.Ref[toLink, linkOf]

	at    *dialHost     // nil before the link has asked, and when the turn is over
	place *list.Element // among those who wait at the host, nil when the turn was granted
}

// ask has the link told by dialGranted when it may dial.
func (d *dials) ask(turn *dialTurn) {
	d.self.Tell(&askDial{turn: turn})
	if d.over.Load() { // nobody may be left to answer
		turn.link.Tell(&dialGranted{})
	}
}

// end gives a turn back, whether it was granted or not.
func (d *dials) end(turn *dialTurn) {
	if !d.over.Load() {
		d.self.Tell(&endDial{turn: turn})
	}
}

// close lets everybody dial from now on: relays under a parent of their own outlive the engine.
func (d *dials) close() {
	d.over.Store(true)
	d.self.Tell(&endDials{})
}

// dialQueue owns an engine's turns to dial. Connectors take turns, and the relays of one connector dial in the order in
// which they asked. A connector may have only a multiple of the free turns under way, so that some are always left for
// others: relays of a connector that is gone, whose dials all hang, lock nobody out.
type dialQueue struct {
	*dials
	log   func() *slog.Logger
	free  int
	hosts map[string]*dialHost // those with a turn, granted or not
	next  list.List            // of *dialHost: where somebody waits, the one whose turn it is in front
}

// dialHost is one connector's part.
type dialHost struct {
	name     string
	underWay int
	waiting  list.List     // of *dialTurn, the oldest in front
	place    *list.Element // in next, nil while nobody waits
}

// fairShare is that multiple: a connector that is alone gets three quarters of all turns.
const fairShare = 3

func dialQueueProps(d *dials, log func() *slog.Logger, start func(func())) *actor.Props {
	return actor.PropsFromProducer(func() actor.Actor {
		return &dialQueue{dials: d, log: log, free: d.max, hosts: make(map[string]*dialHost)}
	}, actor.WithMailbox(mailbox.New[sender](start).Producer()))
}

// Receive implements actor.Actor.
func (q *dialQueue) Receive(ctx actor.Context) {
	defer supervisor.LogBug(q.log, ctx)
	switch m := ctx.Message().(type) {
	case *askDial:
		q.ask(m.turn)
	case *endDial:
		q.remove(m.turn)
		q.grant()
	case *endDials:
		ctx.Stop(ctx.Self())
	case *actor.Stopping, *actor.Restarting:
		q.release()
	default:
		supervisor.WarnUnknown(q.log, ctx)
	}
}

// ask grants a turn at once where nobody waits, or puts it behind those who do.
func (q *dialQueue) ask(turn *dialTurn) {
	host := q.hosts[turn.host]
	if host == nil {
		host = &dialHost{name: turn.host}
		q.hosts[turn.host] = host
	}
	turn.at = host
	if q.next.Len() == 0 && q.mayDial(host) {
		q.give(turn)
		return
	}
	if host.place == nil {
		host.place = q.next.PushBack(host)
	}
	turn.place = host.waiting.PushBack(turn)
	q.waiting.Add(1)
	q.grant()
}

// mayDial says that one more dial to a host may be under way.
func (q *dialQueue) mayDial(host *dialHost) bool {
	return q.free > 0 && host.underWay < fairShare*q.free
}

// grant gives away what may be given.
func (q *dialQueue) grant() {
	for e := q.next.Front(); e != nil && q.free > 0; {
		host := e.Value.(*dialHost)
		if !q.mayDial(host) {
			e = e.Next()
			continue
		}
		q.admit(host.waiting.Front().Value.(*dialTurn))
		e = q.next.Front()
	}
}

// admit grants the turn of the host's oldest link, and puts the host behind the others.
func (q *dialQueue) admit(turn *dialTurn) {
	host := turn.at
	q.leave(turn)
	if host.place != nil {
		q.next.MoveToBack(host.place)
	}
	q.give(turn)
}

func (q *dialQueue) give(turn *dialTurn) {
	turn.at.underWay++
	q.free--
	q.underWay.Add(1)
	turn.link.Tell(&dialGranted{})
}

// leave takes a turn from those who wait.
func (q *dialQueue) leave(turn *dialTurn) {
	host := turn.at
	host.waiting.Remove(turn.place)
	turn.place = nil
	q.waiting.Add(-1)
	if host.waiting.Len() == 0 {
		q.next.Remove(host.place)
		host.place = nil
	}
}

// remove ends a turn, granted or not.
func (q *dialQueue) remove(turn *dialTurn) {
	host := turn.at
	switch {
	case host == nil:
		return
	case turn.place != nil:
		q.leave(turn)
	default:
		host.underWay--
		q.free++
		q.underWay.Add(-1)
	}
	turn.at = nil
	if host.underWay == 0 && host.place == nil {
		delete(q.hosts, host.name)
	}
}

// release lets everybody dial who waits. Whoever asks from now on finds that the queue is over.
func (q *dialQueue) release() {
	q.over.Store(true)
	q.free = math.MaxInt / fairShare
	q.grant()
	q.underWay.Store(0)
}
