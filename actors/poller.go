package actors

import (
	"errors"
	"sync"
	"sync/atomic"
	"time"
)

// quiet is how long a socket has to be silent until its pump gives its goroutine up. Waking takes some microseconds more
// then.
const quiet = 100 * time.Millisecond

// errQuiet says that nothing came for a while; errParked that the poller has the pump, which another goroutine may run.
var (
	errQuiet  = errors.New("nothing to read for a while")
	errParked = errors.New("waiting without a goroutine")
)

// polling is an engine's poller, made when the first pump parks.
type polling struct {
	once   sync.Once
	poller *poller // nil where there is none
}

func (p *polling) get() *poller {
	p.once.Do(func() { p.poller = newPoller() })
	return p.poller
}

func (p *polling) close() {
	p.once.Do(func() {})
	if p.poller != nil {
		p.poller.close()
	}
}

// parking is a connection's place at a poller. Whoever takes it out of its slot has the pump.
type parking struct {
	slot  atomic.Pointer[parkingSlot] // nil until the first time
	token atomic.Int32                // of the last time
	pump  *pump                       // nil if a new one does as well
}

// parkingSlot has the connection that is parked at one file descriptor.
type parkingSlot struct{ atomic.Pointer[connection] }

// leavePoller takes the pump out of the poller, and says whether it was there.
func (c *connection) leavePoller() bool {
	slot := c.parking.slot.Load()
	return slot != nil && slot.CompareAndSwap(c, nil)
}
