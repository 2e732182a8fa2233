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

	first Inbound    // in, at the first try
	event wire.Event // in's, of an inbound frame
	block *block     // what its frame lies in
	tray  *tray      // the memory that this delivery is part of; nil when it is alone
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

// traySize is how many deliveries share one piece of memory: about as much as their frames do.
const traySize = 24

// tray is memory for deliveries that are made at once. It belongs to a decoder until it is full, then to the inbox.
type tray struct {
	class      int // in traySizes
	deliveries []delivery
	next       int // the first that was not given out yet
	users      int // deliveries that may still be referred to
	queued     int // those of them that are not settled
}

// traySizes are the sizes of trays, each of which is used again. A number of deliveries that is none of them takes
// several: memory that nothing lies in would be kept with what is beside it.
var traySizes = [...]int{1, 2, 4, 8, traySize}

var trays [len(traySizes)]sync.Pool

// newTray returns a tray for no more than that many deliveries, but for a few that are missing to a full one.
func newTray(deliveries int) *tray {
	class := len(traySizes) - 1
	for class > 0 && deliveries < traySize/2 && deliveries < traySizes[class] {
		class--
	}
	if t, ok := trays[class].Get().(*tray); ok {
		return t
	}
	if class == 0 {
		return newLoneTray()
	}
	return &tray{class: class, deliveries: make([]delivery, traySizes[class])}
}

// newLoneTray makes a tray for one delivery, in one piece.
func newLoneTray() *tray {
	t := new(struct {
		tray
		one [1]delivery
	})
	t.deliveries = t.one[:]
	return &t.tray
}

// giveBack has a tray used again that nobody refers to.
func (t *tray) giveBack() {
	clear(t.deliveries)
	t.next = 0
	trays[t.class].Put(t)
}

// full says that every delivery was given out.
func (t *tray) full() bool { return t == nil || t.next == len(t.deliveries) }

// head is the delivery that take gives out next.
func (t *tray) head() *delivery { return &t.deliveries[t.next] }

// wipe forgets what was begun with the head.
func (t *tray) wipe() { *t.head() = delivery{} }

func (t *tray) take() {
	t.head().tray = t
	t.next++
	t.users++
	t.queued++
}

// size is how many bytes a tray holds.
func (t *tray) size() int { return len(t.deliveries) * deliverySize }

const deliverySize = int(unsafe.Sizeof(delivery{}))

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

// reuse takes an event's memory back when nobody refers to it: its handler said so at the first try, or never saw it.
func (d *delivery) reuse() {
	t := d.tray
	if t == nil || d.in != &d.first {
		return
	}
	d.block.leave()
	if t.users--; t.users == 0 {
		t.giveBack()
	}
}
