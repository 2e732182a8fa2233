package actors

import (
	"sync"
	"unsafe"

	"hermod/wire"
)

// delivery is one inbound or passthrough frame until it is settled.
type delivery struct {
	// in is what an event's handler gets: the session, which names the lane, the buffer id, which is what acknowledges
	// it, the connection that brought it, and the try. Its Event is nil for a forward, and for a frame that could not
	// be decoded.
	in      *Inbound
	forward *wire.Forward // nil for all but a forward
	key     wire.Digest   // what recognises a copy; zero when nothing does
	held    int           // bytes that it holds beside its block and its tray
	trouble *trouble      // the inbox's; nil for a delivery that nothing went wrong with so far

	block    *block    // what its frame lies in
	tray     *tray     // the memory that this delivery is part of; nil when it is alone
	received *received // what its frame was decoded into; nil for all but an event
}

// received is an event, and what its handler gets at the first try: all that a handler may keep of a delivery.
type received struct {
	in    Inbound
	event wire.Event
}

// trouble is what few deliveries have.
type trouble struct {
	raw    []byte      // the frame, kept when it could not be decoded
	err    error       // why it could not be decoded, or how the last try failed
	copies []*delivery // the same delivery again, which waits for this one's verdict
}

// Lanes of deliveries that belong to no session. No session key begins with a colon.
const (
	undecodableLane = ":undecodable"
	passthroughLane = ":passthrough:"
)

func (d *delivery) undecoded() bool { return d.in.Event == nil && d.forward == nil }

// failed counts a failed try, and returns how many there were. The handler may still look at what it got.
func (d *delivery) failed(err error) (tries int) {
	d.troubled().err = err
	tries = d.in.Try
	next := *d.in
	next.Try++
	next.released = false
	d.in = &next
	return tries
}

// troubled returns the delivery's trouble, to be changed.
func (d *delivery) troubled() *trouble {
	if d.trouble == nil {
		d.trouble = new(trouble)
	}
	return d.trouble
}

func (d *delivery) takeCopies() (copies []*delivery) {
	if d.trouble != nil {
		copies, d.trouble.copies = d.trouble.copies, nil
	}
	return copies
}

// tray is memory for the deliveries of one block. It belongs to a decoder until that is decoded, then to the inbox. It
// is used again when all of them are settled, but for the events if one of them may be kept: what the inbox knows of a
// delivery is nobody else's.
type tray struct {
	deliveries []delivery
	events     []received
	next       int  // the first delivery that was not given out yet
	users      int  // deliveries that may still be referred to
	queued     int  // those of them that are not settled
	kept       bool // a handler may have kept an event
}

var (
	trays     = sync.Pool{New: func() any { return &tray{deliveries: make([]delivery, blockFrames)} }}
	loneTrays = sync.Pool{New: func() any { return newLoneTray() }}
)

// newLoneTray makes a tray for one delivery, in one piece but for its event.
func newLoneTray() *tray {
	t := new(struct {
		tray
		one [1]delivery
	})
	t.deliveries = t.one[:]
	return &t.tray
}

// newTray returns a tray for that many deliveries, blockFrames at most.
func newTray(deliveries int) *tray {
	pool := &trays
	if deliveries == 1 {
		pool = &loneTrays
	}
	t := pool.Get().(*tray)
	t.deliveries = t.deliveries[:deliveries]
	if cap(t.events) < deliveries {
		t.events = make([]received, deliveries)
	}
	t.events = t.events[:deliveries]
	return t
}

// giveBack has a tray used again.
func (t *tray) giveBack() {
	pool := &trays
	if cap(t.deliveries) == 1 {
		pool = &loneTrays
	}
	if t.kept {
		t.events = nil
	}
	clear(t.events)
	clear(t.deliveries)
	t.next, t.kept = 0, false
	pool.Put(t)
}

// full says that every delivery was given out.
func (t *tray) full() bool { return t == nil || t.next == len(t.deliveries) }

// head is the event of the delivery that take gives out next.
func (t *tray) head() *received { return &t.events[t.next] }

// wipe forgets what was begun with the head.
func (t *tray) wipe() { *t.head() = received{} }

// take gives out a delivery with the head.
func (t *tray) take() *delivery {
	d := &t.deliveries[t.next]
	d.received, d.tray = t.head(), t
	t.next++
	t.users++
	t.queued++
	return d
}

// maxShared is how many bytes an event beside others holds at most, itself and its block apart.
const maxShared = 1 << 10

// takeAlone moves a delivery's event out of the tray, where who keeps another one would keep it.
func (d *delivery) takeAlone() *received {
	alone := new(received)
	*alone, *d.received = *d.received, received{}
	d.received = alone
	d.held += receivedSize
	return alone
}

// size is how many bytes a tray holds.
func (t *tray) size() int { return cap(t.deliveries)*deliverySize + cap(t.events)*receivedSize }

const (
	deliverySize = int(unsafe.Sizeof(delivery{}))
	receivedSize = int(unsafe.Sizeof(received{}))
	inboundSize  = int(unsafe.Sizeof(Inbound{}))
)

// unqueue says that the delivery is settled, and returns how many bytes it does not hold any more.
func (d *delivery) unqueue() (freed int) {
	freed = d.held + d.block.unqueue()
	if t := d.tray; t != nil {
		if t.queued--; t.queued == 0 {
			freed += t.size()
		}
	}
	return freed
}

// reuse ends a settled delivery, to which the inbox refers no more. The memory of its event is used again when nobody
// refers to that either: its handler said so at the first try, or never saw it.
func (d *delivery) reuse(unseen bool) {
	t := d.tray
	if t == nil {
		return
	}
	if unseen || d.in.released && d.in == &d.received.in {
		d.block.leave()
	} else {
		t.kept = true
	}
	if t.users--; t.users == 0 {
		t.giveBack()
	}
}
