package actors

import (
	"sync"

	"hermod/messages"
	"hermod/wire"
)

// eventBox is the delivery of an event with everything that its handler gets, but for the frame.
type eventBox struct {
	delivery
	inbound Inbound
	event   wire.Event
	tray    *boxTray
	block   *messages.Block // what the event's strings may be parts of
}

// traySize is how many boxes share one piece of memory: about as much as their frames do.
const traySize = 24

// boxTray is boxes that were made at once. It belongs to a decoder until they are all in use, then to the inbox.
type boxTray struct {
	boxes []eventBox
	next  int // the first that was not given out yet
	users int // boxes that may still be referred to
}

var trays = sync.Pool{New: func() any { return &boxTray{boxes: make([]eventBox, traySize)} }}

// newTray returns a tray for that many deliveries. Only those of the full size are used again.
func newTray(deliveries int) *boxTray {
	if deliveries < traySize/2 {
		return &boxTray{boxes: make([]eventBox, deliveries)}
	}
	return trays.Get().(*boxTray)
}

// full says that every box was given out.
func (t *boxTray) full() bool { return t == nil || t.next == len(t.boxes) }

func (t *boxTray) take() *eventBox {
	box := &t.boxes[t.next]
	t.next++
	t.users++
	box.tray = t
	return box
}

// reuse takes an event's memory back when nobody refers to it: its handler said so at the first try, or never saw it.
func (d *delivery) reuse() {
	box := d.box
	if box == nil || d.in != &box.inbound {
		return
	}
	leaveBlock(box.block)
	t := box.tray
	if t.users--; t.users == 0 && len(t.boxes) == traySize {
		clear(t.boxes)
		t.next = 0
		trays.Put(t)
	}
}
