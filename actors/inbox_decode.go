package actors

import (
	"errors"
	"fmt"
	"sync"

	"hermod/wire"
)

// decoder turns the frames of one batch into deliveries, sorted by lane. It belongs to one goroutine.
type decoder struct {
	cfg      *config
	counters *counters
	blank    Inbound // with the generation
	lanes    sortedLanes
	events   *wire.EventReader
	key      []byte // scratch for a lane's key
	tray     *tray  // for the frames of a block
	block    *block // whose tray that is
	held     int    // bytes that the deliveries hold beside their frames
}

// errNoDecoder is a bug: a frame is routed to the inbox, which does not know its kind.
var errNoDecoder = errors.New("no decoder for this type of frame")

// decode decodes every frame of a batch, in order. known is a lane's key that is there already, "" for none.
func (b *batch) decode(cfg *config, counters *counters, blank Inbound, known string) {
	blank.Generation, blank.Try = b.generation, 1
	d := decoders.Get().(*decoder)
	*d = decoder{cfg: cfg, counters: counters, blank: blank, lanes: sortedLanes{list: b.lanes, known: known},
		events: d.events, key: d.key}
	for _, frame := range b.frames {
		delivery := d.decode(frame)
		delivery.block = frame.block
		delivery.held += len(d.key) + laneRoom
		d.held += delivery.held
		delivery.in.SessionKey = d.lanes.add(d.key, delivery)
	}
	b.lanes, b.held = d.lanes.list, d.held
	d.giveBack()
}

var decoders = sync.Pool{New: func() any { return &decoder{events: new(wire.EventReader)} }}

// maxKeptKey is the largest scratch that is used again.
const maxKeptKey = 4 << 10

func (c *decoder) giveBack() {
	if cap(c.key) > maxKeptKey {
		c.key = nil
	}
	*c = decoder{events: c.events, key: c.key[:0]}
	decoders.Put(c)
}

// laneRoom is what a delivery's place in the lanes, and among those that have copies, takes in bytes, its key apart.
const laneRoom = 256

// decode decodes a frame. The delivery may keep parts of it. A frame that makes the decoder panic is as undecodable as
// any other.
func (c *decoder) decode(frame frame) (d *delivery) {
	defer func() {
		if reason := recover(); reason != nil {
			if !c.tray.full() {
				c.tray.wipe()
			}
			d = c.undecodable(frame.line, "", fmt.Errorf("decoder panicked: %v", reason))
		}
	}()
	switch frame.kind {
	case wire.KindInbound:
		return c.inbound(frame)
	case wire.KindPassthroughForward:
		return c.passthrough(frame.line)
	}
	return c.undecodable(frame.line, "", errNoDecoder)
}

func (c *decoder) inbound(frame frame) *delivery {
	if c.block != frame.block || c.tray.full() {
		c.tray, c.block = newTray(frame.block.users), frame.block
	}
	got := c.tray.head()
	bufferID, err := c.events.Inbound(c.cfg.decoder, frame.line, &got.event)
	if err != nil {
		c.tray.wipe()
		return c.undecodable(frame.line, bufferID, err)
	}
	d := c.tray.take()
	if c.tray.queued == 1 {
		c.held += c.tray.size()
	}
	if d.held = got.event.Held() - wire.EventSize; d.held > maxShared {
		got = d.takeAlone()
	}
	c.key = got.event.AppendSessionKey(c.key[:0], c.cfg.SessionKey)
	got.in = c.blank
	got.in.Event, got.in.BufferID = &got.event, bufferID
	d.in = &got.in
	if !c.cfg.NoDedupe {
		d.key = got.event.Digest()
	}
	return d
}

func (c *decoder) passthrough(line []byte) *delivery {
	p, err := c.cfg.decoder.Passthrough(line)
	if err != nil {
		bufferID := ""
		if p != nil {
			bufferID = p.BufferID
		}
		return c.undecodable(line, bufferID, err)
	}
	c.key = append(append(append(append(c.key[:0], passthroughLane...), p.Forward.Platform...), ':'), p.Forward.BotID...)
	d := c.withoutEvent(p.BufferID)
	d.forward = &p.Forward
	d.held += p.Forward.Held()
	if !c.cfg.NoDedupe {
		d.key = wire.ForwardDigest(p.BufferID, line)
	}
	return d
}

func (c *decoder) undecodable(line []byte, bufferID string, err error) *delivery {
	if count := c.counters.Malformed.Add(1); wire.WorthLogging(count) {
		c.cfg.log().Warn("could not decode a delivery", "gen", c.blank.Generation, "count", count, "err", err)
	}
	c.key = append(c.key[:0], undecodableLane...)
	d := c.withoutEvent(bufferID)
	d.trouble = &trouble{raw: line, err: err}
	return d
}

func (c *decoder) withoutEvent(bufferID string) *delivery {
	in := c.blank
	in.BufferID = bufferID
	return &delivery{in: &in, held: deliverySize + inboundSize + len(bufferID)}
}

// sortedLanes sorts deliveries by lane.
type sortedLanes struct {
	list  []*lane          // in the order of their first delivery
	last  int              // in list, of the delivery before
	byKey map[string]*lane // nil while they are few
	known string           // a key that is there already, for the lane that has it
}

// manyLanes is how many lanes are worth a map.
const manyLanes = 8

// add puts a delivery into its lane, and returns the lane's key, the same string for all of a lane.
func (s *sortedLanes) add(key []byte, d *delivery) string {
	l := s.find(key)
	switch {
	case l != nil:
	case s.known == string(key):
		l = s.begin(s.known)
	default:
		l = s.begin(string(key))
	}
	l.queue = append(l.queue, d)
	return l.key
}

func (s *sortedLanes) find(key []byte) *lane {
	if s.byKey != nil {
		return s.byKey[string(key)]
	}
	for range s.list { // the chat of the delivery before, or the one that usually follows it
		if l := s.list[s.last]; l.key == string(key) {
			return l
		}
		if s.last++; s.last == len(s.list) {
			s.last = 0
		}
	}
	return nil
}

func (s *sortedLanes) begin(key string) *lane {
	l := newLane(key)
	s.list = append(s.list, l)
	if s.byKey == nil && len(s.list) > manyLanes {
		s.byKey = make(map[string]*lane, len(s.list))
		for _, known := range s.list {
			s.byKey[known.key] = known
		}
	}
	if s.byKey != nil {
		s.byKey[key] = l
	}
	return l
}
