package actors

import (
	"bytes"
	"fmt"
	"log/slog"
	"sync/atomic"

	"github.com/gobwas/ws"

	"hermod/supervisor"
	"hermod/wire"
)

// Data implements socket.Sink: it takes a piece of a message's payload.
func (l *readLoop) Data(payload []byte) error {
	if err := l.splitter.Feed(payload, l.emit); err != nil {
		return &supervisor.LostError{Op: "read", Err: err}
	}
	return nil
}

// Control implements socket.Sink: it takes a control frame.
func (l *readLoop) Control(op ws.OpCode, payload []byte) error {
	switch op {
	case ws.OpPing:
		l.tell(len(payload))
		l.pinged(bytes.Clone(payload))
	case ws.OpPong:
		l.tell(0)
		l.pingSent.Store(0)
	case ws.OpClose:
		return newCloseFrameError(payload)
	}
	return nil
}

// route says who owns a kind of frame.
type route uint8

const (
	_              route = iota // a kind that was forgotten
	toNobody                    // counted as ignored
	asDelivery                  // the inbox, in a batch, which decodes it
	asResult                    // the registry, with the others of one read
	asDescriptor                // the relay
	asInterrupt                 // the inbox, at once
	asGoingIdleAck              // the registry
)

// routes has every kind of frame that the protocol knows. Those that only a gateway sends have no owner here.
var routes = [...]route{
	wire.KindUnknown:            toNobody,
	wire.KindHello:              toNobody,
	wire.KindOutbound:           toNobody,
	wire.KindInterrupt:          toNobody,
	wire.KindGoingIdle:          toNobody,
	wire.KindInboundAck:         toNobody,
	wire.KindDescriptor:         asDescriptor,
	wire.KindInbound:            asDelivery,
	wire.KindOutboundResult:     asResult,
	wire.KindGoingIdleAck:       asGoingIdleAck,
	wire.KindInterruptInbound:   asInterrupt,
	wire.KindPassthroughForward: asDelivery,
}

// route gives one line to the actor that owns its kind.
func (l *readLoop) route(line []byte) {
	l.counters.FramesIn.Add(1)
	kind, err := wire.Classify(line)
	if err != nil {
		l.skip(err)
		return
	}
	switch routes[kind] {
	case asDelivery:
		l.deliveries.add(line, kind)
	case asResult:
		l.result(line)
	case asDescriptor:
		l.descriptor(line)
	case asGoingIdleAck:
		l.tell(0)
		l.relay.registry.Tell(&idleAcked{generation: l.gen})
	case asInterrupt:
		l.interrupt(line)
	default:
		l.counters.Ignored.Add(1)
	}
}

// result keeps a result for the registry, if anybody waits for one.
func (l *readLoop) result(line []byte) {
	if l.counters.pending.Load() == 0 {
		l.counters.LateResults.Add(1)
		return
	}
	l.results = addLine(l.results, line)
}

// descriptor opens the registry before anybody can hear of the session, so that whoever does can send.
func (l *readLoop) descriptor(line []byte) {
	l.tell(len(line))
	descriptor, err := decodeDescriptor(line)
	if err != nil && !l.handshakeAt.IsZero() {
		l.skip(err)
		return
	}
	if err != nil {
		l.counters.Malformed.Add(1)
		l.link.Tell(&descriptorRefused{err: err})
		return
	}
	if l.handshakeAt.IsZero() {
		l.handshakeAt = now()
		l.relay.ready(&l.writer)
		l.link.Lend(&handshakeCompleted{at: l.handshakeAt.time()})
	}
	l.described = max(l.described, l.described+1) // stays at the largest number
	l.relay.self.Lend(&descriptorReceived{generation: l.gen, descriptor: descriptor})
}

// describedLine is a descriptor with the frame that it was decoded from.
type describedLine struct {
	line       []byte
	descriptor *wire.Descriptor
}

// lastDescribed is the last descriptor that any relay got: connectors say the same to each, so one serves all.
var lastDescribed atomic.Pointer[describedLine]

// maxDescriptor is the longest descriptor frame that is taken: what it says is kept for as long as the session lives.
const maxDescriptor = 256 << 10

// decodeDescriptor decodes a frame and keeps nothing of it. Nobody may change what it returns.
func decodeDescriptor(line []byte) (*wire.Descriptor, error) {
	if len(line) > maxDescriptor {
		return nil, fmt.Errorf("descriptor has %d bytes; the limit is %d", len(line), maxDescriptor)
	}
	if last := lastDescribed.Load(); last != nil && bytes.Equal(last.line, line) {
		return last.descriptor, nil
	}
	descriptor, err := wire.DecodeDescriptor(line)
	if err == nil {
		lastDescribed.Store(&describedLine{line: bytes.Clone(line), descriptor: descriptor})
	}
	return descriptor, err
}

func (l *readLoop) interrupt(line []byte) {
	interrupt, err := wire.DecodeInterruptInbound(line)
	if err != nil {
		l.skip(err)
		return
	}
	l.tell(interruptBytes(interrupt))
	l.meetInbox().Tell(&interruptRead{interrupt: interrupt})
}

// skip counts a frame that cannot be used. Of a flood only the 1st, 2nd, 4th, 8th … is logged.
func (l *readLoop) skip(err error) {
	if count := l.counters.Malformed.Add(1); wire.WorthLogging(count) {
		l.cfg.log().Warn("skipped a malformed frame", slog.Uint64("gen", l.gen), slog.Uint64("count", count), slog.Any("err", err))
	}
}
