package socket

import (
	"errors"
	"sync"
	"sync/atomic"
	"time"
)

// quiet is how long a socket has to be silent until its reader gives its goroutine up. Waking takes some microseconds
// more then.
const quiet = 100 * time.Millisecond

var (
	// ErrQuiet says that nothing came for a while.
	ErrQuiet = errors.New("nothing to read for a while")
	// ErrParked says that a poller has the source, which another goroutine may read already.
	ErrParked = errors.New("waiting without a goroutine")
)

// SharedPoller makes a poller when the first source parks. The zero value is ready; it is safe for concurrent use.
type SharedPoller struct {
	// Start runs what wakes a reader on a goroutine; nil is a fresh one each time. It must not wait.
	Start func(func())

	once   sync.Once
	poller *Poller // nil where there is none
}

// Get returns the poller; nil where there is none, and after Close.
func (p *SharedPoller) Get() *Poller {
	p.once.Do(func() { p.poller = newPoller(p.Start) })
	return p.poller
}

// Close wakes everybody who is parked. What parks later stays on its goroutine.
func (p *SharedPoller) Close() {
	p.once.Do(func() {})
	if p.poller != nil {
		p.poller.close()
	}
}

// Waker goes on reading from a source that was parked, on a goroutine of its own.
type Waker interface{ Wake() }

// Parking is one connection's place at a poller. Whoever takes it out of its slot has the source. Waker is set before
// each Park, by whoever has the source; the rest is safe for concurrent use.
type Parking struct {
	Waker  Waker
	slot   atomic.Pointer[slot] // nil until the first time
	token  atomic.Int32         // of the last time
	closed atomic.Bool
}

// slot has what is parked at one file descriptor.
type slot struct{ atomic.Pointer[Parking] }

// Leave takes the source out of the poller, and says whether it was there.
func (p *Parking) Leave() bool {
	slot := p.slot.Load()
	return slot != nil && slot.CompareAndSwap(p, nil)
}

// Close takes the source out of the poller for good. A source that is being parked meanwhile leaves by itself.
func (p *Parking) Close() {
	p.closed.Store(true)
	p.Leave()
}
