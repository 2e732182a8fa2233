package socket

import (
	"errors"
	"sync"
	"sync/atomic"
	"time"
)

// quiet is how long a socket has to be silent until its reader gives its goroutine up. Going over to the poller and
// back costs some microseconds.
const quiet = 100 * time.Millisecond

var (
	// ErrQuiet says that there is nothing to read.
	ErrQuiet = errors.New("nothing to read for a while")
	// ErrParked says that a poller has the source, which another goroutine may read already.
	ErrParked = errors.New("waiting without a goroutine")
)

// SharedPoller makes a poller when the first source parks. The zero value is ready; it is safe for concurrent use.
type SharedPoller struct {
	// Start runs what goes on beside the poller on a goroutine; nil is a fresh one each time. It must not wait.
	Start func(func())
	// NewTurn makes what a goroutine of the poller has for the sources that it reads, one after the other.
	NewTurn func() Turn

	once   sync.Once
	poller *Poller // nil where there is none
}

// Get returns the poller; nil where there is none, and after Close.
func (p *SharedPoller) Get() *Poller {
	p.once.Do(func() { p.poller = newPoller(p.Start, p.NewTurn) })
	return p.poller
}

// Close wakes everybody who is parked. What parks later stays on its goroutine.
func (p *SharedPoller) Close() {
	p.once.Do(func() {})
	if p.poller != nil {
		p.poller.close()
	}
}

// Turn is what a goroutine of the poller has for the sources that it reads. When it is held up by one of them, another
// goroutine leads the poller and Rescue is called there; then this one reads no other source.
type Turn interface{ Rescue() }

// Waker goes on reading from a source that was parked.
type Waker interface {
	// Turn reads what there is, on the poller's goroutine, and ends with Parking.Rest, with Source.Leave, or with the end
	// of the connection. Until then it must not wait. What follows may take its time: another goroutine takes the poller
	// over then. with is what SharedPoller.NewTurn made, and ended says that the peer has nothing more to say.
	Turn(with Turn, ended bool)
	// Wake goes on without the poller, on a goroutine of its own.
	Wake()
}

// Parking is one connection's place at a poller. Waker is set before each Park and Rest, by whoever has the source;
// Writing before each Park. The rest is safe for concurrent use.
type Parking struct {
	Waker   Waker
	Writing bool // it has a turn also when the socket can be written

	slot   atomic.Pointer[slot] // nil until the first time
	token  atomic.Int32         // of the last time
	state  atomic.Int32
	closed atomic.Bool
}

// Who has the source of a place. Whoever takes it from there changes the state first.
const (
	away    int32 = iota // a goroutine of its own
	resting              // the poller
	turning              // a goroutine of the poller that reads what there is
	again                // the same, and more may have come
)

// slot has what is parked at one file descriptor.
type slot struct{ atomic.Pointer[Parking] }

// Leave takes the source out of the poller, and says whether it was there.
func (p *Parking) Leave() bool { return p.state.CompareAndSwap(resting, away) }

// Close takes the source out of the poller for good. A source that is being parked meanwhile leaves by itself.
func (p *Parking) Close() {
	p.closed.Store(true)
	p.Leave()
	if slot := p.slot.Load(); slot != nil {
		slot.CompareAndSwap(p, nil)
	}
}

// begin takes the source for a turn, or has the one that is under way look once more.
func (p *Parking) begin() bool {
	for {
		switch now := p.state.Load(); now {
		case resting:
			if p.state.CompareAndSwap(resting, turning) {
				return true
			}
		case turning:
			if p.state.CompareAndSwap(turning, again) {
				return false
			}
		default:
			return false
		}
	}
}

// Rest ends a turn that has read all that there was, and says whether the source is the poller's again: from then on
// the caller must not touch it. If not, more may have come meanwhile, or the end.
func (p *Parking) Rest(poller *SharedPoller) bool {
	if !p.state.CompareAndSwap(turning, resting) {
		p.state.Store(turning)
		return false
	}
	poller.poller.rested(p)
	return true
}
