package connector

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"time"

	"github.com/gobwas/ws"

	"hermod/wire"
)

// helloTime is how long a session may last without a hello.
const helloTime = time.Minute

// maxActions bounds the calls of Config.OnOutbound that run for one session.
const maxActions = 256

// session is one gateway's connection, from its attachment to its last byte. Its reader runs in
// run, its writer on a goroutine of its own.
type session struct {
	gw   *gateway
	sock *socket
	in   *messageReader
	out  *outbox
	log  *slog.Logger
	// secret proved the session; empty without authentication.
	secret wire.Secret
	// base is what the gateway puts before the paths of the HTTP plane.
	base string
	// abilities are what the gateway showed at its upgrade.
	abilities wire.Abilities
	// epoch is its machine's, 0 for none.
	epoch int64

	// The gateway's lock guards these.
	passthroughs passthroughs
	looksAgain   bool // a timer is set; see lookAgainLocked

	ctx      context.Context // ends with the session
	cancel   context.CancelFunc
	detached chan struct{} // closed by gateway.detach: the next session may attach
	written  chan struct{} // closed when the writer has returned
	actions  chan struct{} // one slot per running OnOutbound

	// These belong to the reader.
	unheard *time.Timer // ends a session that does not say hello
	lines   *wire.LineBuffer
	greeted bool
	// identities are the platforms and bots that hellos named, and the platforms that answered them.
	identities []wire.Identity
	malformed  uint64
	ignored    uint64

	direct []byte // belongs to whoever writes in the writer's stead
}

func newSession(g *gateway, sock *socket, in *messageReader) *session {
	cfg := &g.c.cfg
	s := &session{
		gw: g, sock: sock, in: in, out: newOutbox(cfg.MaxQueued, cfg.MaxQueuedBytes),
		log:      g.c.log.With("gateway", g.id),
		detached: make(chan struct{}), written: make(chan struct{}),
		actions: make(chan struct{}, maxActions), lines: wire.NewLineBuffer(cfg.MaxFrame),
	}
	s.ctx, s.cancel = context.WithCancel(g.c.ctx)
	return s
}

// run serves the session until both halves are done and the socket is closed.
func (s *session) run() {
	go s.writeLoop()
	s.unheard = time.AfterFunc(helloTime, func() {
		s.finish(ending{how: endClose, code: ws.StatusPolicyViolation, reason: "no hello came"})
	})
	defer s.unheard.Stop()
	defer func() {
		s.finish(ending{how: endDrop, reason: "the reader stopped"})
		<-s.written
		_ = s.sock.Close()
		end := s.out.ended()
		s.log.Info("session ended", "code", int(end.code), "reason", end.reason, "malformed", s.malformed, "ignored", s.ignored)
	}()
	s.log.Info("session started", "remote", s.sock.RemoteAddr().String())
	s.readLoop()
}

// finish ends the session; only the first ending counts.
func (s *session) finish(e ending) {
	if !s.out.finish(e) {
		return
	}
	if e.how == endDrop {
		_ = s.sock.Close()
		return
	}
	s.sock.linger()
}

// readLoop reads until the connection ends, and ends the session accordingly.
func (s *session) readLoop() {
	to := listener{data: s.feed, ping: s.out.answerPing, pong: s.pong}
	for {
		err := s.in.next(to)
		if err == nil {
			continue
		}
		var closed *peerClosed
		var tooLarge *wire.FrameTooLargeError
		switch {
		case errors.As(err, &closed):
			s.finish(ending{how: endClose, code: closed.code, reason: closed.Error(), blame: blameOf(closed.code)})
		case errors.As(err, &tooLarge):
			s.hangUp(ws.StatusMessageTooBig, "line too long")
		case isProtocolBreach(err):
			s.hangUp(ws.StatusProtocolError, "protocol error")
		case isTimeout(err):
			s.hangUp(ws.StatusInternalServerError, "keepalive timeout")
		default:
			s.finish(ending{how: endDrop, reason: "the connection was lost", blame: blameDrop})
		}
		return
	}
}

// hangUp ends a session whose input cannot be read any further. It sends the close frame and the end of
// the stream, and reads until the peer hangs up too: unread bytes would reset the connection and
// destroy the close frame.
func (s *session) hangUp(code ws.StatusCode, reason string) {
	s.finish(ending{how: endClose, code: code, reason: reason, blame: blameDrop})
	<-s.written
	s.sock.closeWrite()
	s.in.drain()
}

// feed takes a chunk of the byte stream; what arrives while the session ends is dropped.
func (s *session) feed(chunk []byte) error {
	if s.out.ended().how != endNone {
		return nil
	}
	return s.lines.Feed(chunk, s.handle)
}

// handle processes one line. Nothing that a gateway writes ends the session here.
func (s *session) handle(line []byte) {
	kind, err := wire.Classify(line)
	if err == nil {
		switch kind {
		case wire.KindHello:
			err = s.hello(line)
		case wire.KindOutbound:
			err = s.outbound(line)
		case wire.KindInboundAck:
			err = s.inboundAck(line)
		case wire.KindGoingIdle:
			s.out.awaitRoom()
			s.gw.goIdle(s)
		case wire.KindInterrupt:
			err = s.interrupt(line)
		default:
			s.ignored++
		}
	}
	if err != nil {
		s.malformed++
		if wire.WorthLogging(s.malformed) {
			s.log.Warn("malformed frame", "kind", kind.String(), "size", len(line), "err", err, "malformed", s.malformed)
		}
	}
}

func (s *session) hello(line []byte) error {
	h, err := wire.DecodeHello(line)
	if err != nil {
		return err
	}
	s.unheard.Stop()
	id := wire.Identity{Platform: h.Platform, BotID: h.BotID}
	s.out.awaitRoom()
	if see := s.gw.c.cfg.Embedding.Hello; see != nil {
		see(s.gw.id, h)
	}
	descriptor := s.gw.c.describe(s.gw.id, id)
	if descriptor == nil {
		s.identify(id, id.Platform)
		s.gw.hello(s, id, nil, manifestOf(h))
		s.greeted = true
		return nil
	}
	line = wire.AppendDescriptor(nil, descriptor)
	if len(line) > s.abilities.MaxMessage {
		return &wire.FrameTooLargeError{Limit: s.abilities.MaxMessage}
	}
	s.identify(id, descriptor.Platform)
	s.gw.hello(s, id, line, manifestOf(h))
	s.greeted = true
	return nil
}

// identify notes an identity under the platform of its hello, and under that of its descriptor.
func (s *session) identify(id wire.Identity, described string) {
	for _, platform := range []string{id.Platform, described} {
		known := wire.Identity{Platform: platform, BotID: id.BotID}
		if !slices.Contains(s.identities, known) && len(s.identities) < 2*maxIdentities {
			s.identities = append(s.identities, known)
		}
	}
}

func (s *session) inboundAck(line []byte) error {
	bufferID, err := wire.DecodeInboundAck(line)
	if err == nil && !s.gw.acknowledge(s, bufferID) {
		s.ignored++
	}
	return err
}

func (s *session) interrupt(line []byte) error {
	i, err := wire.DecodeInterrupt(line)
	if err == nil && s.gw.c.cfg.OnInterrupt != nil {
		s.gw.c.cfg.OnInterrupt(s.gw.id, i)
	}
	return err
}

// writeLoop is the only writer of the socket. At its end it first frees the gateway for the next
// session, before the peer can notice, and then closes as requested.
func (s *session) writeLoop() {
	defer close(s.written)
	defer s.cancel()
	unwritten, failed := s.writeAll()
	unwritten = append(unwritten, s.out.rest()...)
	end := s.out.ended()
	s.gw.detach(s, unwritten, end.blame)

	switch {
	case failed || end.how == endDrop:
		_ = s.sock.Close()
	case end.how == endCut:
		s.tear(unwritten)
	default:
		if _, err := s.sock.Write(closeFrame(end.code, end.reason)); err != nil {
			_ = s.sock.Close()
		}
	}
}

// writeAll writes what is queued, and pings, until the session ends. It returns the frames that it took
// but could not write completely, and whether the socket failed.
func (s *session) writeAll() (unwritten []frame, failed bool) {
	ticker := time.NewTicker(s.gw.c.cfg.PingInterval)
	defer ticker.Stop()
	var buf []byte
	var frames []frame
	pingDue := false
	for {
		select {
		case <-ticker.C:
			pingDue = true
		default:
		}
		written(frames)
		var pong []byte
		var end ending
		var free bool
		frames, pong, end, free = s.out.take(sparing(frames), pingDue)
		if len(frames) == 0 && pong == nil && (!pingDue || !free) {
			if end.how != endNone {
				return nil, false
			}
			select {
			case <-s.out.wake:
			case <-ticker.C:
				pingDue = true
			}
			continue
		}
		buf = appendControl(buf[:0], pong, pingDue)
		pingDue = false
		start := len(buf)
		for _, f := range frames {
			buf = f.appendTo(buf)
		}
		if n, err := s.sock.Write(buf); err != nil {
			s.finish(ending{how: endDrop, reason: "writing failed", blame: blameDrop})
			return incomplete(frames, n-start), true
		}
		if cap(buf) > 2*maxBatch {
			buf = nil
		}
	}
}

// sparing is an array of frames to use again, nil for one that is too large to be kept.
func sparing(frames []frame) []frame {
	if cap(frames) > maxSpare {
		return nil
	}
	return frames
}

// maxSpare is how many frames the array of a session at rest has room for.
const maxSpare = 64

// appendControl appends the pending pong and the ping that is due.
func appendControl(dst, pong []byte, pingDue bool) []byte {
	if pong != nil {
		dst = appendFrame(dst, ws.OpPong, pong)
	}
	if pingDue {
		dst = appendFrame(dst, ws.OpPing, nil)
	}
	return dst
}

// incomplete returns the frames of a batch that a write of n bytes of it left out or cut.
func incomplete(frames []frame, n int) []frame {
	for i, f := range frames {
		if n -= len(f.appendTo(nil)); n < 0 {
			return frames[i:]
		}
	}
	return nil
}

// tear writes the first half of a frame and drops the socket.
func (s *session) tear(waiting []frame) {
	line := wire.AppendInbound(nil, []byte(`{"text":"this delivery never ends"}`), "")
	if len(waiting) > 0 {
		line = waiting[0].data
	}
	whole := appendFrame(nil, ws.OpText, line)
	_, _ = s.sock.Write(whole[:len(whole)/2])
	_ = s.sock.Close()
}
