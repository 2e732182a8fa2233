package actors

import (
	"fmt"

	"hermod/messages"
	"hermod/wire"
)

// decoding turns the frames of one read into deliveries, sorted by lane. It belongs to one goroutine.
type decoding struct {
	cfg        *config
	relay      *Relay
	generation uint64
	groups     groups
	lane       []byte   // scratch for a lane's name
	left       int      // frames that are not decoded yet
	tray       *boxTray // for the next of them
}

// decodeAll decodes every frame of a batch, in order, and gives the batch's list back.
func decodeAll(cfg *config, relay *Relay, m *messages.DeliveriesRead) []*group {
	c := decoding{cfg: cfg, relay: relay, generation: m.Generation, left: len(m.Frames.List)}
	for _, frame := range m.Frames.List {
		d := c.decode(frame)
		d.size = len(frame.Line)
		d.in.SessionKey = c.groups.add(c.lane, d)
		c.left--
	}
	releaseFrames(m.Frames)
	return c.groups.list
}

// decode decodes a frame, of which the delivery may keep parts. A frame that makes the decoder panic is as undecodable as
// any other.
func (c *decoding) decode(frame messages.Frame) (d *delivery) {
	defer func() {
		if reason := recover(); reason != nil {
			d = c.undecodable(frame.Line, "", fmt.Errorf("decoder panicked: %v", reason))
		}
	}()
	if frame.Kind == wire.KindPassthroughForward {
		return c.passthrough(frame.Line)
	}
	return c.inbound(frame)
}

func (c *decoding) inbound(frame messages.Frame) *delivery {
	if c.tray.full() {
		c.tray = newTray(c.left)
	}
	box := c.tray.take()
	bufferID, err := c.cfg.decoder.TakeInbound(frame.Line, &box.event)
	if err != nil {
		return c.undecodable(frame.Line, bufferID, err)
	}
	c.lane = wire.AppendSessionKey(c.lane[:0], &box.event.Source, c.cfg.SessionKey)
	box.block = frame.Block
	box.inbound = Inbound{Relay: c.relay, Event: &box.event, BufferID: bufferID, Generation: c.generation, Try: 1}
	box.delivery = delivery{in: &box.inbound, key: box.event.DedupeKey(), box: box}
	return &box.delivery
}

func (c *decoding) passthrough(line []byte) *delivery {
	p, err := c.cfg.decoder.Passthrough(line)
	if err != nil {
		bufferID := ""
		if p != nil {
			bufferID = p.BufferID
		}
		return c.undecodable(line, bufferID, err)
	}
	c.lane = append(append(append(append(c.lane[:0], passthroughLane...), p.Forward.Platform...), ':'), p.Forward.BotID...)
	d := &delivery{in: c.withoutEvent(p.BufferID), forward: &p.Forward}
	if p.BufferID != "" {
		d.key = passthroughLane + p.BufferID
	}
	return d
}

func (c *decoding) undecodable(line []byte, bufferID string, err error) *delivery {
	c.relay.counters.malformed.Add(1)
	c.cfg.log().Warn("could not decode a delivery", "err", err)
	c.lane = append(c.lane[:0], undecodableLane...)
	return &delivery{in: c.withoutEvent(bufferID), trouble: &trouble{raw: line, err: err}}
}

func (c *decoding) withoutEvent(bufferID string) *Inbound {
	return &Inbound{Relay: c.relay, BufferID: bufferID, Generation: c.generation, Try: 1}
}
