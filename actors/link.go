package actors

import (
	"context"
	"errors"
	"os"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"hermod/actors/passive"
	"hermod/supervisor"
)

// link owns one connection of one generation, from its dial to its end. It dials on a goroutine, which says hello and
// goes on to read, spawns the two halves, and watches the handshake; while the connection is open and quiet it is
// passive. Its end is a failure that it raises, or that one of its halves raised; LinkSupervision judges it. Only one
// that was told to close ends without a failure.
//
//	waiting ──dialGranted──▶ dialing ──dialed──▶ open (handshaking, then ready)
//	   │                        └───────────────────┴──closeLink──▶ left ──▶ stopped
//	   └──closeLink──▶ stopped
type link struct {
	*connection
	phase actor.Behavior

	turn  *dialTurn // to dial, at the engine's queue; nil when it was given back
	dial  *attempt  // nil before, and when it is over or has had its time
	since time.Time // when the first good descriptor came, zero before

	opening *time.Timer // bounds the dial, then the wait for the first descriptor; nil after both
	due     time.Time   // when opening fires
	goodbye *time.Timer // bounds a failed write's wait for the close frame, and leaving
	leaving bool        // told to close: the end is no failure
	stopped bool        // what was to be given back was
}

// teardownStep bounds each step of an orderly end.
const teardownStep = time.Second

// newConnection makes a connection, whose link begins when it is activated.
func newConnection(relay *shared, generation uint64) *connection {
	c := &connection{relay: relay, gen: generation}
	c.link.By = linkOf{c}
	c.reader.kind, c.writer.kind, c.writer.generation = readerOf{c}, writerOf{c}, generation
	return c
}

// linkOf activates a connection's link. The relay's actor stays active with it.
type linkOf struct{ *connection }

func (c linkOf) Activate(box *passive.Mailbox) error {
	parent := c.relay.self.Hold()
	if parent == nil {
		return ErrClosed
	}
	active := &link{connection: c.connection, phase: actor.NewBehavior()}
	spawnUnder(c.relay.tree, parent, c.relay.linkProps.Of(active, box))
	return nil
}

// Passivated implements passive.Activator. Whoever ran the link lets the relay rest as well.
func (c linkOf) Passivated() { c.relay.self.LendRelease() }

// Receive implements actor.Actor: lifecycle here, all else in the phase.
func (l *link) Receive(ctx actor.Context) {
	defer supervisor.LogBug(l.relay.cfg.log, ctx)
	switch m := ctx.Message().(type) {
	case *actor.Started:
		l.start()
	case *actor.Stopping, *actor.Restarting:
		l.release(ctx)
	case *actor.Stopped:
		l.link.End()
	case *actor.Terminated:
		l.reader.ends(m.Who)
		l.writer.ends(m.Who)
		if l.leaving {
			ctx.Stop(ctx.Self())
		}
	case *fence:
		m.pass()
	case *closeLink:
		l.enterLeaving(ctx, m)
	case *writeFailed:
		l.awaitCloseFrame(m.err)
	case *writeFailureOverdue:
		if !l.leaving {
			l.raise(&supervisor.LostError{Op: "write", Err: m.err})
		}
	default:
		l.phase.Receive(ctx)
	}
}

// Leaving says that an end of a half is expected.
func (l *link) Leaving() bool { return l.leaving }

func (l *link) raise(err error) { supervisor.Raise(err, l.since) }

// start begins a connection, or goes on with one that is open.
func (l *link) start() {
	if l.rested {
		l.since = l.handshakeAt.time()
		l.phase.Become(l.open)
		return
	}
	l.enterWaiting()
}

// Rests implements passive.resting: a link rests while its connection is open and ends nothing.
func (l *link) Rests() bool {
	l.rested = !l.since.IsZero() && !l.leaving && !l.stopped && l.goodbye == nil
	return l.rested
}

// enterWaiting asks for a turn to dial. The wait has no limit of its own: others' dials have.
func (l *link) enterWaiting() {
	l.phase.Become(l.waiting)
	l.turn = &dialTurn{host: l.relay.cfg.target.url.Host, link: &l.link}
	l.relay.dials.ask(l.turn)
}

func (l *link) waiting(ctx actor.Context) {
	if _, granted := ctx.Message().(*dialGranted); granted {
		l.enterDialing()
		return
	}
	supervisor.WarnUnknown(l.relay.cfg.log, ctx)
}

func (l *link) enterDialing() {
	l.phase.Become(l.dialing)
	timeout := l.relay.cfg.DialTimeout
	l.due = time.Now().Add(timeout)
	l.opening = l.link.After(timeout, &openingOverdue{}) // a gateway's Dial may take no notice of ctx
	if beginUpgrade(l.connection) {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	l.dial = &attempt{cancel: cancel, over: make(chan struct{})}
	c, over := l.connection, l.dial.over
	l.relay.workers.start(func() { dial(ctx, c, over) })
}

func (l *link) dialing(ctx actor.Context) {
	switch m := ctx.Message().(type) {
	case *dialed:
		l.endDial()
		if m.err != nil {
			l.raise(m.err)
		}
		l.enterHandshaking(m)
	case *dialGranted: // the queue ended meanwhile, and grants what it had granted
	case *openingOverdue:
		l.raise(&supervisor.DialError{Err: errDialOverdue})
	default:
		supervisor.WarnUnknown(l.relay.cfg.log, ctx)
	}
}

// endDial says that the dial is over, and ends one that is under way, which will say so.
func (l *link) endDial() {
	if l.dial != nil {
		l.dial.cancel()
	}
	l.dial = nil
	if l.turn != nil {
		l.relay.dials.end(l.turn)
		l.turn = nil
	}
}

func (l *link) enterHandshaking(m *dialed) {
	l.phase.Become(l.open)
	l.due = time.Now().Add(l.relay.cfg.HandshakeTimeout)
	l.opening.Reset(l.relay.cfg.HandshakeTimeout)
	l.relay.pings.begin(l.connection)
	if m.unheard != nil {
		l.awaitCloseFrame(m.unheard)
	}
}

// open serves a connection before and after its first descriptor.
func (l *link) open(ctx actor.Context) {
	switch m := ctx.Message().(type) {
	case *handshakeCompleted:
		l.since = m.at
		stopTimer(l.opening)
		l.opening = nil
	case *dialGranted: // it was on its way already
	case *descriptorRefused:
		l.raise(&supervisor.HandshakeError{Err: m.err})
	case *openingOverdue: // that of the dial may have been on its way already
		if l.since.IsZero() && !time.Now().Before(l.due) {
			l.raise(&supervisor.HandshakeError{Err: errors.New("no descriptor in time")})
		}
	case *pongOverdue:
		l.raise(&supervisor.LostError{Op: "keepalive", Err: errors.New("no pong in time")})
	case *readingPaused:
		l.paused.Store(m.paused)
		l.pingSent.Store(0)
	default:
		supervisor.WarnUnknown(l.relay.cfg.log, ctx)
	}
}

// closeFrameWait is how long a reader may take to come upon the end of a connection that cannot be written any more.
// The end is there already, so only a starving machine needs it.
const closeFrameWait = 5 * time.Second

// awaitCloseFrame gives the reader time to find the close frame that says why the socket broke: the difference between
// a dropped connection and a revoked credential. A connector that just does not read has not closed.
func (l *link) awaitCloseFrame(err error) {
	switch {
	case l.goodbye != nil:
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, ErrBusy):
		l.raise(&supervisor.LostError{Op: "write", Err: err})
	default:
		l.goodbye = l.link.After(closeFrameWait, &writeFailureOverdue{err: err})
	}
}

func (l *link) enterLeaving(ctx actor.Context, m *closeLink) {
	if l.leaving {
		return
	}
	l.leaving = true
	switch {
	case l.dial != nil:
		l.dial.cancel()
	case l.turn != nil:
		ctx.Stop(ctx.Self())
		return
	default:
		l.writer.Tell(&writeClose{code: m.code, reason: m.reason})
	}
	stopTimer(l.goodbye)
	l.phase.Become(l.left)
	l.goodbye = l.link.After(teardownStep, &closeOverdue{})
}

// left waits for the end of the dial, whose connection might live beside that of a successor, or for the connector's
// half of the closing handshake, where the reader's end stops the link.
func (l *link) left(ctx actor.Context) {
	switch ctx.Message().(type) {
	case *dialed, *closeOverdue:
		l.dial = nil
		ctx.Stop(ctx.Self())
	}
}

// release ends the dial or closes the socket, and says what is over if no writer does; it may run more than once.
func (l *link) release(ctx actor.Context) {
	l.stopped = true
	stopTimer(l.opening)
	stopTimer(l.goodbye)
	l.phase.Become(l.left) // what the dial says from now on is late
	if l.dial != nil {
		adoptDial(ctx, l.dial.over)
	}
	l.endDial()
	l.close()
	l.relay.pings.end(l.connection)
	l.relay.end(l.gen)
	l.relay.open.CompareAndSwap(&l.writer, nil)
	if l.since.IsZero() { // a read loop that is parked says nothing any more
		l.relay.inbox.TellIfThere(&handshakeFailed{generation: l.gen})
	}
	l.reader.adopt(ctx)
	l.writer.adopt(ctx)
	if l.writer.pid.Load() == nil {
		l.relay.lost(&linkLost{generation: l.gen})
	}
}
