package connector

import (
	"context"
	"errors"
	"fmt"

	json "github.com/goccy/go-json"

	"hermod/wire"
)

// Parcel is a delivery as it came from another connector: a JSON object on one line, which is passed on as it is.
type Parcel struct {
	// Forward says that the object is a forward, and not an event.
	Forward bool
	// Live says that nobody acknowledges it to its sender.
	Live bool
	// Plain says that the object names no file, so that Embedding.Outgoing has nothing to do.
	Plain  bool
	Object json.RawMessage
}

func (p Parcel) kind() kind {
	if p.Forward {
		return kindPassthrough
	}
	return kindInbound
}

// Keep is Inject or Passthrough for a caller that would rather wait than be refused: at a bound of the gateway's buffer
// it waits for room until ctx ends. It returns when the parcel is on disk, and nobody refers to it then. The object is
// not checked. Parcels that one goroutine keeps stay in order.
func (c *Connector) Keep(ctx context.Context, gateway string, p Parcel) error {
	g, err := c.receiver(gateway, p)
	if err != nil {
		return err
	}
	for {
		if _, err = g.deliver(p.kind(), p.Object); !errors.Is(err, ErrBufferFull) {
			return err
		}
		room := g.awaitRoom()
		if _, err = g.deliver(p.kind(), p.Object); !errors.Is(err, ErrBufferFull) { // there may be room since
			return err
		}
		select {
		case <-room:
		case <-ctx.Done():
			return fmt.Errorf("%w: %w", err, ctx.Err())
		}
	}
}

// Hand delivers a parcel that nobody keeps: it returns when the gateway has acknowledged it, or when ctx has ended,
// after which it is not sent again. It must be acknowledged by its sender only after Hand has returned nil. A live one
// is sent live to a gateway that is there, with Config.Live: then Hand returns when its session has room for
// it. Parcels in hand and buffered ones are sent in order, within Config.Window together. Config.MaxBuffered does not
// count them: the caller bounds its calls.
func (c *Connector) Hand(ctx context.Context, gateway string, p Parcel) error {
	g, err := c.receiver(gateway, p)
	if err != nil {
		return err
	}
	if p.Live && g.sendLive(p) {
		return nil
	}
	e := &entry{seq: c.store.nextSeq(), kind: p.kind(), size: len(p.Object), body: p.Object, committed: true,
		taken: make(chan struct{})}
	g.mu.Lock()
	if g.closing {
		g.mu.Unlock()
		return ErrClosed
	}
	g.backlog.insert(e)
	g.pumpLocked()
	g.mu.Unlock()
	g.poke()
	return g.awaitTaken(ctx, e)
}

// sendLive gives a parcel to the session, when that has room, and says whether it did. It does not while the gateway is
// away or idle, or something is ahead.
func (g *gateway) sendLive(p Parcel) bool {
	f := frame{live: g.c.store.nextSeq(), kind: p.kind()}
	if p.Plain {
		f.fill(p.Object)
	}
	for {
		g.mu.Lock()
		s := g.session
		if !g.mayGoLiveLocked() {
			g.mu.Unlock()
			return false
		}
		if !p.Plain {
			f.fill(g.outgoing(s, p.Object))
		}
		if len(f.data) > g.abilities.MaxMessage {
			g.mu.Unlock()
			return false
		}
		sent := s.out.offer(f)
		g.mu.Unlock()
		if sent {
			return true
		}
		s.out.awaitRoom()
	}
}

func (g *gateway) awaitTaken(ctx context.Context, e *entry) error {
	var ended error
	select {
	case <-e.taken:
		return e.refused
	case <-ctx.Done():
		ended = ctx.Err()
	case <-g.c.ctx.Done():
		ended = ErrClosed
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.backlog.remove(e.seq) {
		return e.refused // it was settled meanwhile
	}
	g.pumpLocked()
	return ended
}

// receiver finds the gateway of a parcel.
func (c *Connector) receiver(id string, p Parcel) (*gateway, error) {
	g, err := c.gateway(id)
	switch {
	case err != nil:
		return nil, err
	case !c.isConfigured(g.id):
		return nil, fmt.Errorf("%w %q: it has no credentials any more", ErrUnknownGateway, g.id)
	case len(p.Object) > MaxPayload:
		return nil, &wire.FrameTooLargeError{Limit: MaxPayload}
	}
	return g, nil
}

// awaitRoom is closed when something leaves the gateway's buffer after this call.
func (g *gateway) awaitRoom() <-chan struct{} {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.backlog.room == nil {
		g.backlog.room = make(chan struct{})
	}
	return g.backlog.room
}

// payload is what an entry carries: in memory for one in hand, else on disk.
func (g *gateway) payload(e *entry) ([]byte, error) {
	if e.taken != nil {
		return e.body, nil
	}
	return g.c.store.body(g.id, e.seq)
}

// forgetLocked removes an entry that is settled, and tells the one who waits for it.
func (g *gateway) forgetLocked(e *entry) {
	g.backlog.remove(e.seq)
	if e.taken != nil {
		close(e.taken)
		return
	}
	g.c.store.remove(g.id, e.seq, func(err error) {
		if err != nil {
			g.c.log.Error("an acknowledged delivery stays on disk and will be sent again after a restart", "gateway", g.id, "err", err)
		}
	})
}
