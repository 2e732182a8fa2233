package actors

import (
	"context"
	"errors"
	"net"
	"os"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"hermod/messages"
	"hermod/supervisor"
	"hermod/wire"
)

// link owns one connection of one generation, from its dial to its end. It dials on a goroutine, spawns the two halves,
// says hello, and watches the handshake and the keepalive. Its end is a failure that it raises, or that one of its
// halves raised; LinkSupervision judges it. Only a link that was told to close ends without a failure.
//
//	dialing ──Dialed──▶ open (handshaking, then ready)
//	   └──────────────────┴──CloseLink──▶ left
type link struct {
	cfg      *config
	counters *counters
	gen      uint64
	relay    ref[messages.ToRelay]
	registry ref[messages.ToRegistry]
	inbox    ref[messages.ToInbox]
	self     ref[messages.ToLink]
	phase    actor.Behavior

	ctx    context.Context // ends with the link, and closes conn
	cancel context.CancelFunc
	conn   net.Conn  // nil while dialing
	writer writerRef // zero while dialing
	opened time.Time // when the first descriptor came, zero before

	handshake *time.Timer // runs until the first descriptor
	keepalive *time.Timer // runs from the handshake on
	goodbye   *time.Timer // bounds a failed write's wait for the close frame, and leaving
	pingSent  time.Time   // the oldest ping without a pong; zero when there is none
	paused    bool        // the reader does not read, so no pong can be seen
	leaving   bool        // told to close: the end is no failure
}

// teardownStep bounds each step of an orderly end.
const teardownStep = time.Second

func linkProps(cfg *config, c *counters, gen uint64, registry ref[messages.ToRegistry], inbox ref[messages.ToInbox]) *actor.Props {
	return actor.PropsFromProducer(func() actor.Actor {
		return &link{cfg: cfg, counters: c, gen: gen, registry: registry, inbox: inbox, phase: actor.NewBehavior()}
	}, actor.WithSupervisor(supervisor.HalfSupervision{}))
}

// Receive implements actor.Actor: lifecycle here, all else in the phase.
func (l *link) Receive(ctx actor.Context) {
	defer logBug(l.cfg.log, ctx)
	switch m := ctx.Message().(type) {
	case *actor.Started:
		l.relay = refTo[messages.ToRelay](ctx, ctx.Parent())
		l.self = refTo[messages.ToLink](ctx, ctx.Self())
		l.enterDialing()
	case *actor.Stopping, *actor.Restarting:
		l.release()
	case *actor.Terminated:
		if l.leaving {
			ctx.Stop(ctx.Self())
		}
	case *messages.CloseLink:
		l.enterLeaving(ctx, m)
	case *messages.WriteFailed:
		l.awaitCloseFrame(m.Err)
	case *messages.WriteFailureOverdue:
		if !l.leaving {
			l.raise(&supervisor.LostError{Op: "write", Err: m.Err})
		}
	default:
		l.phase.Receive(ctx)
	}
}

// Leaving says that an end of a half is expected.
func (l *link) Leaving() bool { return l.leaving }

func (l *link) raise(err error) { supervisor.Raise(err, l.opened) }

func (l *link) enterDialing() {
	l.phase.Become(l.dialing)
	l.ctx, l.cancel = context.WithCancel(context.Background())
	dialer := newDialer(l.cfg)
	go func(ctx context.Context, self ref[messages.ToLink]) {
		conn, early, err := dialer.dialGuarded(ctx)
		if conn != nil {
			context.AfterFunc(ctx, func() { closeSocket(conn) }) // also if the link is gone meanwhile
		}
		self.Tell(&messages.Dialed{Conn: conn, Early: early, Err: err})
	}(l.ctx, l.self)
}

func (l *link) dialing(ctx actor.Context) {
	m, ok := ctx.Message().(*messages.Dialed)
	switch {
	case !ok:
		warnUnknown(l.cfg.log, ctx)
	case m.Err != nil:
		l.raise(m.Err)
	default:
		l.enterHandshaking(ctx, m)
	}
}

func (l *link) enterHandshaking(ctx actor.Context, m *messages.Dialed) {
	l.phase.Become(l.open)
	l.conn = m.Conn
	l.relay.Tell(&messages.LinkHandshaking{Generation: l.gen})
	l.spawnHalves(ctx, m.Conn, m.Early)
	for _, hello := range l.cfg.hellos {
		l.writer.Tell(&messages.WriteFrame{Frame: wire.AppendHello(nil, hello)})
	}
	l.handshake = l.self.after(l.cfg.HandshakeTimeout, &messages.HandshakeOverdue{})
	l.keepalive = l.self.after(l.cfg.PingInterval, &messages.KeepaliveDue{})
}

func (l *link) spawnHalves(ctx actor.Context, conn net.Conn, early []byte) {
	l.writer = spawnWriter(ctx, &writer{cfg: l.cfg, counters: l.counters, conn: conn, link: l.self,
		registry: l.registry, inbox: l.inbox, gen: l.gen})
	spawnReader(ctx, &reader{pump: &pump{cfg: l.cfg, counters: l.counters, gen: l.gen, conn: conn, early: early,
		relay: l.relay, link: l.self, registry: l.registry, inbox: l.inbox, writer: l.writer, ctx: l.ctx}})
}

// open serves a connection before and after its first descriptor.
func (l *link) open(ctx actor.Context) {
	switch m := ctx.Message().(type) {
	case *messages.HandshakeCompleted:
		l.opened = m.Opened
		l.handshake.Stop()
	case *messages.DescriptorRefused:
		l.refuseDescriptor(m.Err)
	case *messages.HandshakeOverdue:
		if l.opened.IsZero() {
			l.raise(&supervisor.HandshakeError{Err: errors.New("no descriptor in time")})
		}
	case *messages.KeepaliveDue:
		l.ping()
	case *messages.PongRead:
		l.pingSent = time.Time{}
	case *messages.ReadingPaused:
		l.paused = m.Paused
		l.pingSent = time.Time{}
	default:
		warnUnknown(l.cfg.log, ctx)
	}
}

// refuseDescriptor fails the handshake; after it, a bad descriptor is a malformed frame like any other.
func (l *link) refuseDescriptor(err error) {
	l.counters.malformed.Add(1)
	if l.opened.IsZero() {
		l.raise(&supervisor.HandshakeError{Err: err})
	}
	l.cfg.log.Warn("skipped a malformed frame", "gen", l.gen, "err", err)
}

// ping asks the connector whether it is there, unless an older question is still open for too long.
func (l *link) ping() {
	now := time.Now()
	if !l.pingSent.IsZero() && now.Sub(l.pingSent) >= l.cfg.PongTimeout {
		l.raise(&supervisor.LostError{Op: "keepalive", Err: errors.New("no pong in time")})
	}
	if l.pingSent.IsZero() && !l.paused {
		l.pingSent = now
	}
	l.writer.Tell(&messages.WritePing{})
	l.keepalive.Reset(l.nextPing(now))
}

// nextPing is the time to the next ping, or to the moment when an open one is overdue.
func (l *link) nextPing(now time.Time) time.Duration {
	if l.pingSent.IsZero() {
		return l.cfg.PingInterval
	}
	return max(time.Millisecond, min(l.cfg.PingInterval, l.pingSent.Add(l.cfg.PongTimeout).Sub(now)))
}

// closeFrameWait is how long a reader may take to come upon the end of a connection that cannot be written any more. The
// end is there already, so only a starving machine needs it.
const closeFrameWait = 5 * time.Second

// awaitCloseFrame gives the reader time to find the close frame that says why the socket broke: the difference between
// a dropped connection and a revoked credential. A connector that just does not read has not closed.
func (l *link) awaitCloseFrame(err error) {
	switch {
	case l.goodbye != nil:
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, ErrBusy):
		l.raise(&supervisor.LostError{Op: "write", Err: err})
	default:
		l.goodbye = l.self.after(closeFrameWait, &messages.WriteFailureOverdue{Err: err})
	}
}

func (l *link) enterLeaving(ctx actor.Context, m *messages.CloseLink) {
	if l.leaving {
		return
	}
	l.leaving = true
	if l.writer.waiting == nil {
		ctx.Stop(ctx.Self())
		return
	}
	stopTimer(l.goodbye)
	l.phase.Become(l.left)
	l.writer.Tell(&messages.WriteClose{Code: m.Code, Reason: m.Reason})
	l.goodbye = l.self.after(teardownStep, &messages.CloseOverdue{})
}

// left waits for the connector's half of the closing handshake; the reader's end stops the link.
func (l *link) left(ctx actor.Context) {
	if _, overdue := ctx.Message().(*messages.CloseOverdue); overdue {
		ctx.Stop(ctx.Self())
	}
}

// release ends the dial or closes the socket; it may run more than once.
func (l *link) release() {
	for _, timer := range []*time.Timer{l.handshake, l.keepalive, l.goodbye} {
		stopTimer(timer)
	}
	if l.cancel != nil {
		l.cancel()
	}
	if l.conn != nil {
		closeSocket(l.conn)
	}
}

// closeSocket closes a connection at once: closing the TLS layer may block in a write.
func closeSocket(conn net.Conn) {
	if layer, ok := conn.(interface{ NetConn() net.Conn }); ok {
		conn = layer.NetConn()
	}
	_ = conn.Close()
}
