package connector

import (
	"fmt"
	"slices"

	json "github.com/goccy/go-json"
)

// SetAside lists the deliveries that the gateway ("" is the only one) could not take, oldest first, never nil. Errors
// are those of Inject for the gateway's id.
func (c *Connector) SetAside(gateway string) ([]SetAside, error) {
	g, err := c.gateway(gateway)
	if err != nil {
		return nil, err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	list := make([]SetAside, 0, len(g.aside.items))
	for _, i := range g.aside.items {
		list = append(list, SetAside{BufferID: c.store.bufferID(i.seq), Kind: i.kind.String(), Size: i.size,
			Reason: i.reason, Since: i.since})
	}
	return list, nil
}

// SetAsidePayload returns the event or the forward of a delivery that is set aside. Errors: ErrNotSetAside, those of
// Inject for the gateway's id and of the disk.
func (c *Connector) SetAsidePayload(gateway, bufferID string) (json.RawMessage, error) {
	g, err := c.gateway(gateway)
	if err != nil {
		return nil, err
	}
	seq, _ := c.store.seqOf(bufferID)
	return c.store.asidePayload(g.id, seq)
}

// Replay puts a delivery that is set aside back into the gateway's buffer, in its old place, and returns once that is
// on disk. Errors: ErrNotSetAside, ErrTooLargeForGateway, ErrBufferFull, ErrClosed, those of Inject for the gateway's
// id and of the disk; then it stays set aside.
func (c *Connector) Replay(id, bufferID string) error {
	return c.fromShelf(id, bufferID, (*gateway).replay)
}

// Discard removes a delivery that is set aside, for good. Errors: ErrNotSetAside, ErrClosed, those of Inject for the
// gateway's id and of the disk; then it stays set aside.
func (c *Connector) Discard(id, bufferID string) error {
	return c.fromShelf(id, bufferID, (*gateway).discard)
}

// fromShelf takes an item from the shelf and settles it; at an error it is put back.
func (c *Connector) fromShelf(id, bufferID string, settle func(*gateway, item) error) error {
	g, err := c.gateway(id)
	if err != nil {
		return err
	}
	seq, _ := c.store.seqOf(bufferID)
	g.mu.Lock()
	i, ok := g.aside.take(seq)
	g.mu.Unlock()
	if !ok {
		return fmt.Errorf("%w: gateway %q has none with the bufferId %q", ErrNotSetAside, g.id, bufferID)
	}
	if err := settle(g, i); err != nil {
		g.mu.Lock()
		defer g.mu.Unlock()
		g.aside.add(i)
		slices.SortFunc(g.aside.items, func(a, b item) int { return a.since.Compare(b.since) })
		return err
	}
	return nil
}

func (g *gateway) replay(i item) error {
	e := &entry{seq: i.seq, kind: i.kind, size: i.size}
	g.mu.Lock()
	err := g.admitLocked(i.size)
	if err == nil {
		err = g.reserveLocked(e)
	}
	g.mu.Unlock()
	if err != nil {
		return err
	}
	err = g.c.store.takeBack(g.id, i)
	g.committed(e, err)
	if err == nil {
		g.poke()
	}
	return err
}

func (g *gateway) discard(i item) error { return g.c.store.discard(g.id, i) }

// reserveLocked adds an entry that is still to be written, if the bounds allow it.
func (g *gateway) reserveLocked(e *entry) error {
	switch {
	case g.closing:
		return ErrClosed
	case g.isFullLocked(e.size):
		return ErrBufferFull
	}
	g.backlog.insert(e)
	return nil
}
