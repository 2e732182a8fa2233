package actors

import (
	"errors"
	"io"
	"log/slog"
	"runtime/debug"
	"time"

	"github.com/gobwas/ws"

	"hermod/messages"
	"hermod/supervisor"
	"hermod/wire"
)

// pump reads one connection on a goroutine of its own: socket → WebSocket → lines → the actor that owns each kind of
// frame. What one read brings travels as one message per actor. It never runs user code and never waits for an actor,
// but for back-pressure: while too much is queued it does not read.
type pump struct {
	*connection
	cfg      *config
	counters *counters
	from     source
	early    []byte // came with the upgrade's answer

	frames     frameParser
	lines      *wire.LineBuffer
	emit       func([]byte)
	deliveries frameBatch
	results    lineBatch
}

func newPump(c *connection, early []byte) *pump {
	p := &pump{connection: c, cfg: c.relay.cfg, counters: c.relay.counters, from: newSource(c.conn), early: early}
	p.lines = wire.NewLineBuffer(p.cfg.MaxFrame)
	p.emit = p.route
	return p
}

// start runs the pump, which tells an inbox that is there already of the connection.
func (p *pump) start() {
	if p.relay.inbox.pid.Load() != nil {
		p.meetInbox()
	}
	p.run()
}

// resume goes on where a pump was parked.
func (c *connection) resume() {
	p := c.parking.pump
	if p == nil {
		p = newPump(c, nil)
	}
	p.run()
}

// run reads until it cannot, and reports why; or until it is parked, when the next run goes on.
func (p *pump) run() {
	err := p.readGuarded()
	if errors.Is(err, errParked) {
		return // another goroutine may have it
	}
	p.sayGoodbye(err)
	p.reader.Tell(&messages.ReadEnded{Err: err, Opened: p.opened})
}

// meetInbox tells the inbox of this connection, before anything that came over it.
func (p *pump) meetInbox() *onDemand[messages.ToInbox] {
	if !p.met {
		p.met = true
		p.relay.inbox.Tell(&messages.LinkOpened{Generation: p.gen, Writer: &p.writer})
	}
	return &p.relay.inbox
}

// readGuarded keeps a bug in reading from ending the process: it ends the link instead, as a bug in an actor does.
func (p *pump) readGuarded() (err error) {
	defer func() {
		if reason := recover(); reason != nil {
			p.cfg.log().Error("reader panicked", "reason", reason, "stack", string(debug.Stack()))
			err = &supervisor.BugError{Reason: reason}
		}
	}()
	return p.readAll()
}

func (p *pump) readAll() error {
	if len(p.early) > 0 {
		early := p.early
		p.early = nil
		if err := p.take(early); err != nil {
			return err
		}
	}
	if p.relay.polling != nil {
		p.from.watch()
	}
	for {
		err := p.readOnce()
		if err == errQuiet {
			err = p.park()
		}
		if err != nil {
			return err
		}
		p.holdBack()
	}
}

// park gives the goroutine up while there is nothing to read; nil if that is not possible. The end of the link, which
// closes the socket, takes the pump out of the poller. One that is parked meanwhile leaves by itself.
func (p *pump) park() error {
	p.parking.pump = p
	if p.clean() {
		p.parking.pump = nil
	}
	return p.from.park(p.relay.polling.get(), p.connection)
}

// clean says that the pump is between two lines, so that a new one can go on.
func (p *pump) clean() bool {
	return p.frames.clean() && p.lines.Empty()
}

func (p *pump) readOnce() error {
	data, err := p.from.read()
	if err == errQuiet {
		return err
	}
	defer p.from.release()
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return &supervisor.LostError{Op: "read", Err: err}
	}
	p.counters.reads.Add(1)
	return p.take(data)
}

// take parses the bytes of one read and sends on what they hold.
func (p *pump) take(data []byte) error {
	p.counters.bytesIn.Add(uint64(len(data)))
	p.deliveries.begin(len(data))
	err := p.frames.feed(data, p)
	p.sendBatches()
	return err
}

func (p *pump) sendBatches() {
	if frames := p.deliveries.take(); frames != nil {
		p.counters.queued.Add(int64(len(frames.List)))
		p.counters.queuedBytes.Add(int64(frames.Size))
		p.meetInbox().Tell(&messages.DeliveriesRead{Generation: p.gen, Frames: frames})
	}
	if lines := p.results.take(); lines != nil {
		p.relay.registry.Tell(&messages.ResultsRead{Generation: p.gen, Lines: lines})
	}
}

// data takes a piece of a message's payload.
func (p *pump) data(payload []byte) error {
	if err := p.lines.Feed(payload, p.emit); err != nil {
		return &supervisor.LostError{Op: "read", Err: err}
	}
	return nil
}

// control takes a control frame. The payload is only valid during the call.
func (p *pump) control(op ws.OpCode, payload []byte) error {
	switch op {
	case ws.OpPing:
		p.writer.Tell(&messages.WritePong{Payload: append([]byte(nil), payload...)})
	case ws.OpPong:
		p.link.Tell(&messages.PongRead{})
	case ws.OpClose:
		return closeError(payload)
	}
	return nil
}

func closeError(payload []byte) *wire.CloseError {
	if len(payload) < 2 {
		return &wire.CloseError{Code: int(ws.StatusNoStatusRcvd)}
	}
	code, reason := ws.ParseCloseFrameData(payload)
	return &wire.CloseError{Code: int(code), Reason: reason}
}

// route gives one line to the actor that owns its kind.
func (p *pump) route(line []byte) {
	p.counters.framesIn.Add(1)
	kind, err := wire.Classify(line)
	if err != nil {
		p.skip(err)
		return
	}
	switch kind {
	case wire.KindInbound, wire.KindPassthroughForward:
		p.deliveries.add(line, kind)
	case wire.KindOutboundResult:
		p.results.add(line)
	case wire.KindDescriptor:
		p.descriptor(line)
	case wire.KindGoingIdleAck:
		p.relay.registry.Tell(&messages.IdleAcked{Generation: p.gen})
	case wire.KindInterruptInbound:
		p.interrupt(line)
	default:
		p.counters.ignored.Add(1)
	}
}

// descriptor opens the registry before anybody can hear of the session, so that whoever does can send.
func (p *pump) descriptor(line []byte) {
	descriptor, err := decodeDescriptor(line)
	if err != nil {
		p.link.Tell(&messages.DescriptorRefused{Err: err})
		return
	}
	if p.opened.IsZero() {
		p.opened = time.Now()
		p.relay.opened(p.connection)
		p.link.Tell(&messages.HandshakeCompleted{Opened: p.opened})
	}
	p.relay.self.Tell(&messages.DescriptorReceived{Generation: p.gen, Descriptor: descriptor})
}

func (p *pump) interrupt(line []byte) {
	interrupt, err := wire.DecodeInterruptInbound(line)
	if err != nil {
		p.skip(err)
		return
	}
	p.meetInbox().Tell(&messages.InterruptRead{Interrupt: interrupt})
}

// skip counts a frame that cannot be used. Of a flood only the 1st, 2nd, 4th, 8th … is logged.
func (p *pump) skip(err error) {
	p.counters.malformed.Add(1)
	p.malformed++
	if wire.WorthLogging(p.malformed) {
		p.cfg.log().Warn("skipped a malformed frame", slog.Uint64("gen", p.gen), slog.Uint64("count", p.malformed), slog.Any("err", err))
	}
}

// goodbyeWait is how long the answer to a close frame may take before the socket is left.
const goodbyeWait = 100 * time.Millisecond

// sayGoodbye ends the closing handshake on our side: it answers the connector's close frame, or says what the connector
// did wrong.
func (p *pump) sayGoodbye(err error) {
	code := 0
	var closed *wire.CloseError
	var violation *protocolError
	var tooLarge *wire.FrameTooLargeError
	switch {
	case errors.As(err, &closed):
		code = wire.CloseNormal
		if closed.Code != int(ws.StatusNoStatusRcvd) {
			code = closed.Code
		}
	case errors.As(err, &violation):
		code = wire.CloseProtocol
	case errors.As(err, &tooLarge):
		code = wire.CloseTooBig
	default:
		return
	}
	done := make(chan struct{})
	p.writer.Tell(&messages.WriteClose{Code: code, Done: done})
	wait := time.NewTimer(goodbyeWait)
	defer wait.Stop()
	select {
	case <-done:
	case <-wait.C:
	case <-p.over.done():
	}
}
