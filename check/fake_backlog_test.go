package check

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"

	json "github.com/goccy/go-json"

	"hermod/wire"
)

func (c *fakeConnector) acknowledge(s *fakeSession, id string) {
	if c.fault == "keeps what was acknowledged" {
		return
	}
	for i, e := range c.buffer {
		if e.inFlight && (e.id == id || c.fault == "takes any acknowledgement") {
			c.buffer = append(c.buffer[:i:i], c.buffer[i+1:]...)
			break
		}
	}
	c.pump()
}

// pump sends what the window of one allows; a passthrough that was sent leaves room.
func (c *fakeConnector) pump() {
	s := c.holder
	if s == nil || !s.greeted || s.idle && c.fault != "delivers to an idle gateway" {
		return
	}
	var left []*fakeEntry
	open := true
	for _, e := range c.buffer {
		if open && !e.inFlight {
			e.inFlight = true
			line := wire.AppendInbound(nil, e.payload, e.id)
			if e.kind == string(Passthrough) {
				line = wire.AppendPassthroughForward(nil, e.payload, e.id)
			}
			s.say(line)
			if c.fault == "delivers everything twice" {
				s.say(line)
			}
		}
		if e.inFlight && (e.kind == string(Inbound) || c.fault == "waits for the acknowledgement of a passthrough") {
			open = c.fault == "keeps what was acknowledged"
		}
		forgotten := c.fault == "forgets what it has sent" ||
			c.fault == "counts every passthrough as delivered" && e.kind == string(Passthrough)
		if !e.inFlight || !forgotten {
			left = append(left, e)
		} else {
			open = true
		}
	}
	c.buffer = left
}

func (c *fakeConnector) inject(_ context.Context, kind Kind, object json.RawMessage) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if kind == Interrupt {
		line := append([]byte(`{"type":"interrupt_inbound",`), object[1:]...)
		if c.fault == "buffers interrupts" {
			line = append([]byte(`{"type":"interrupt_inbound","bufferId":"i1",`), object[1:]...)
		}
		if c.holder != nil {
			c.holder.say(append(line, '\n'))
		}
		return nil
	}
	limit := wire.MaxGatewayFrame
	if c.holder != nil {
		limit = c.holder.shown.MaxMessage
	}
	unbound := c.fault == "sends messages over 1 MiB" && limit == wire.MaxGatewayFrame ||
		c.fault == "takes a shown size for no bound" && limit > wire.MaxGatewayFrame
	if len(object) > limit-4096 && !unbound {
		return errors.New("the event is too large")
	}
	if c.fault == "leaves out the source" {
		object = bytes.Replace(object, []byte(`"source"`), []byte(`"from"`), 1)
	}
	c.lastID++
	c.buffer = append(c.buffer, &fakeEntry{id: fmt.Sprint("b", c.lastID), kind: string(kind), payload: object})
	c.pump()
	c.poke()
	return nil
}

// setAside drops the largest of what was sent.
func (c *fakeConnector) setAside() {
	largest := -1
	for i, e := range c.buffer {
		if e.inFlight && (largest < 0 || len(e.payload) > len(c.buffer[largest].payload)) {
			largest = i
		}
	}
	if largest >= 0 {
		c.buffer = slices.Delete(c.buffer, largest, largest+1)
	}
}
