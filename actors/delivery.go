package actors

import "hermod/wire"

// delivery is one inbound or passthrough frame until it is settled.
type delivery struct {
	// in is what an event's handler gets: the session, which names the lane, the buffer id, which is what acknowledges it,
	// the connection that brought it, and the try. Its Event is nil for a forward, and for a frame that could not be decoded.
	in      *Inbound
	forward *wire.Forward // nil for all but a forward
	key     string        // what recognises a copy; "" when nothing does
	size    int           // bytes of its frame
	trouble *trouble      // the inbox's; nil for a delivery that nothing went wrong with so far
	box     *eventBox     // where an event's delivery lives, nil for the others
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

// unhandled says that no handler takes this kind of delivery, so that only the dead-letter handler can.
func (b *inbox) unhandled(d *delivery) bool {
	return d.in.Event == nil && (d.forward == nil || b.cfg.Handlers.Passthrough == nil)
}

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
