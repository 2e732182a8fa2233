package actors

import (
	"fmt"

	"hermod/wire"
)

// delivery is one inbound or passthrough frame until it is settled.
type delivery struct {
	lane       string // the session's key; see the lane constants for the rest
	key        string // what recognises a copy; "" when nothing does
	bufferID   string // what acknowledges it; "" when it is live
	generation uint64 // the connection that brought it
	size       int    // bytes of its frame

	event   *wire.Event   // one of the two, or neither when the frame could not be decoded
	forward *wire.Forward //
	raw     []byte        // the frame, kept when it could not be decoded
	err     error         // why it could not be decoded, or how the last try failed

	tries  int         // how often a handler failed
	copies []*delivery // the same delivery again, which waits for this one's verdict
}

// Lanes of deliveries that belong to no session. No session key begins with a colon.
const (
	undecodableLane = ":undecodable"
	passthroughLane = ":passthrough:"
)

// decode turns a frame into a delivery; it copies what it keeps. A frame that makes the decoder panic is as undecodable as
// any other.
func (b *inbox) decode(line []byte, kind wire.Kind) (d *delivery) {
	defer func() {
		if reason := recover(); reason != nil {
			d = b.undecodable(line, fmt.Errorf("decoder panicked: %v", reason))
		}
	}()
	if kind == wire.KindPassthroughForward {
		return b.decodePassthrough(line)
	}
	in, err := b.cfg.decoder.Inbound(line)
	if err != nil {
		d := b.undecodable(line, err)
		if in != nil {
			d.bufferID = in.BufferID
		}
		return d
	}
	return &delivery{event: in.Event, bufferID: in.BufferID, key: in.Event.DedupeKey(),
		lane: wire.SessionKey(&in.Event.Source, b.cfg.SessionKey)}
}

func (b *inbox) decodePassthrough(line []byte) *delivery {
	in, err := b.cfg.decoder.Passthrough(line)
	if err != nil {
		d := b.undecodable(line, err)
		if in != nil {
			d.bufferID = in.BufferID
		}
		return d
	}
	d := &delivery{forward: &in.Forward, bufferID: in.BufferID,
		lane: passthroughLane + in.Forward.Platform + ":" + in.Forward.BotID}
	if d.bufferID != "" {
		d.key = passthroughLane + d.bufferID
	}
	return d
}

func (b *inbox) undecodable(line []byte, err error) *delivery {
	b.counters.malformed.Add(1)
	b.cfg.log.Warn("could not decode a delivery", "err", err)
	return &delivery{lane: undecodableLane, raw: append([]byte(nil), line...), err: err}
}

// unhandled says that no handler takes this kind of delivery, so that only the dead-letter handler can.
func (b *inbox) unhandled(d *delivery) bool {
	return d.event == nil && (d.forward == nil || b.cfg.Handlers.Passthrough == nil)
}

func (d *delivery) undecoded() bool { return d.event == nil && d.forward == nil }
