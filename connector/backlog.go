package connector

import (
	"slices"
	"time"

	"hermod/wire"
)

// kind says which frame a delivery travels in. Its value is stored on disk.
type kind byte

const (
	kindInbound     kind = 'i'
	kindPassthrough kind = 'p'
)

// String is the type of the frame.
func (k kind) String() string { return k.wire().String() }

func (k kind) wire() wire.Kind {
	if k == kindPassthrough {
		return wire.KindPassthroughForward
	}
	return wire.KindInbound
}

// entry is one delivery. seq orders a gateway's deliveries and never repeats.
type entry struct {
	seq  uint64
	kind kind
	size int
	// body is the payload of an entry that is in memory only; all others keep theirs on disk.
	body []byte
	// committed is set once the entry is on disk; before that neither it nor any later one is sent.
	committed bool
	// inFlight is set while the attached session has been given the entry and has not acknowledged it.
	inFlight bool
	// taken is closed when an entry that is in memory only is acknowledged, or refused as the error says; nil for all
	// others.
	taken   chan struct{}
	refused error
	// kept is when it was inserted for the first time in this run.
	kept time.Time
	// message is the size of the WebSocket message in which the entry travels, and since when it does, once it is in
	// flight.
	message int
	since   time.Time
	// probe is the number of the ping that follows a passthrough to a gateway that may never acknowledge it.
	probe uint64
	// lost counts the connections that ended while the gateway had the entry.
	lost int
}

// backlog holds what is buffered for one gateway, ordered by seq. Its owner locks it.
type backlog struct {
	entries  []*entry
	bytes    int
	inFlight int
	room     chan struct{} // closed when an entry leaves; nil while nobody waits for that
}

// insert puts e in order; a delivery that was tried live first may belong before later ones.
func (b *backlog) insert(e *entry) {
	at, _ := b.find(e.seq)
	b.entries = slices.Insert(b.entries, at, e)
	b.bytes += e.size
	if e.kept.IsZero() {
		e.kept = time.Now()
	}
}

// oldest is since when the first entry waits, zero when there is none.
func (b *backlog) oldest() time.Time {
	if len(b.entries) == 0 {
		return time.Time{}
	}
	return b.entries[0].kept
}

func (b *backlog) find(seq uint64) (int, bool) {
	if last := len(b.entries); last > 0 && b.entries[last-1].seq < seq {
		return last, false
	}
	return slices.BinarySearchFunc(b.entries, seq, func(e *entry, seq uint64) int {
		switch {
		case e.seq < seq:
			return -1
		case e.seq > seq:
			return 1
		}
		return 0
	})
}

// remove removes the entry and reports whether it was there.
func (b *backlog) remove(seq uint64) bool {
	at, ok := b.find(seq)
	if !ok {
		return false
	}
	e := b.entries[at]
	b.bytes -= e.size
	if b.room != nil {
		close(b.room)
		b.room = nil
	}
	if e.inFlight {
		b.inFlight--
	}
	if at == 0 {
		b.entries[0] = nil
		b.entries = b.entries[1:]
	} else {
		b.entries = slices.Delete(b.entries, at, at+1)
	}
	return true
}

// isInFlight reports whether the attached session has seq and has not acknowledged it.
func (b *backlog) isInFlight(seq uint64) bool {
	at, ok := b.find(seq)
	return ok && b.entries[at].inFlight
}

// at returns the entry, or nil.
func (b *backlog) at(seq uint64) *entry {
	if at, ok := b.find(seq); ok {
		return b.entries[at]
	}
	return nil
}

// sent returns what is in flight, in order.
func (b *backlog) sent() (out []*entry) {
	for _, e := range b.entries {
		if len(out) == b.inFlight {
			break
		}
		if e.inFlight {
			out = append(out, e)
		}
	}
	return out
}

// recall takes back everything in flight, to be sent again to the next session.
func (b *backlog) recall() {
	for _, e := range b.entries {
		if b.inFlight == 0 {
			return
		}
		if e.inFlight {
			e.inFlight = false
			b.inFlight--
		}
	}
}
