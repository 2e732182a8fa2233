package link

import (
	"net"
	"sync"
	"sync/atomic"
)

// pair is two connections: with whoever dialled, and with the far end.
type pair struct {
	near, far *end
	forget    func(*pair)

	left      atomic.Int64 // bytes until it is reset; not used while zero or less
	closeDies atomic.Bool
	swallows  atomic.Bool

	mu      sync.Mutex
	stalled chan struct{} // closed to go on; nil while nothing stalls
	gone    int           // ends that say nothing any more
	over    chan struct{} // closed at the end
	once    sync.Once
}

// end is one of the two, as toxiproxy sees it.
type end struct {
	conn    *net.TCPConn
	pair    *pair
	closing sync.Once
}

func newPair(near, far *net.TCPConn, a arming, forget func(*pair)) *pair {
	p := &pair{forget: forget, over: make(chan struct{})}
	p.near, p.far = &end{conn: near, pair: p}, &end{conn: far, pair: p}
	p.left.Store(int64(a.cutAfter))
	p.closeDies.Store(a.closeDies)
	return p
}

// Read reads what the process at this end sends.
func (e *end) Read(b []byte) (int, error) {
	e.pair.awaitStall()
	n, err := e.conn.Read(b)
	e.pair.awaitStall()
	if !e.pair.swallows.Load() {
		return n, err
	}
	if err != nil {
		e.pair.leave()
		<-e.pair.over
	}
	return 0, err // nothing came, as far as anybody knows
}

// Write passes on what the other end's process sent. It never fails: what a connection that has ended does not take is
// lost, while toxiproxy would wait 5 s for each piece of it when a toxic is removed.
func (e *end) Write(b []byte) (int, error) {
	if !e.pair.swallows.Load() {
		e.pass(b)
	}
	return len(b), nil
}

func (e *end) pass(b []byte) {
	if left := e.pair.left.Load(); left > 0 {
		if int64(len(b)) >= left {
			_, _ = e.conn.Write(b[:left])
			e.pair.reset()
			return
		}
		e.pair.left.Add(-int64(len(b)))
	}
	_, err := e.conn.Write(b)
	if err == nil && e == e.pair.near && e.pair.closeDies.Load() && endsInClose(b) {
		e.pair.reset()
	}
}

// Close ends the sending half, as the other end's process did.
func (e *end) Close() error {
	e.closing.Do(func() {
		select {
		case <-e.pair.over: // perhaps by a reset, which an orderly end would hide
			return
		default:
		}
		if !e.pair.swallows.Load() {
			_ = e.conn.CloseWrite()
			e.pair.leave()
		}
	})
	return nil
}

// endsInClose recognises bytes of a server that end in a close frame.
func endsInClose(b []byte) bool {
	for start := max(0, len(b)-127); start+2 <= len(b); start++ {
		if b[start] == 0x88 && int(b[start+1])+2 == len(b)-start {
			return true
		}
	}
	return false
}

// leave notes that one end says nothing any more; with both of them the pair is over.
func (p *pair) leave() {
	p.mu.Lock()
	p.gone++
	both := p.gone >= 2
	p.mu.Unlock()
	if both {
		p.finish(false)
	}
}

func (p *pair) stall() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stalled == nil {
		p.stalled = make(chan struct{})
	}
}

func (p *pair) heal() {
	p.closeDies.Store(false)
	p.left.Store(0)
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stalled != nil {
		close(p.stalled)
		p.stalled = nil
	}
}

func (p *pair) awaitStall() {
	p.mu.Lock()
	stalled := p.stalled
	p.mu.Unlock()
	if stalled != nil {
		select {
		case <-stalled:
		case <-p.over:
		}
	}
}

// reset ends both sides with a reset.
func (p *pair) reset() { p.finish(true) }

func (p *pair) finish(reset bool) {
	p.once.Do(func() {
		close(p.over)
		for _, e := range []*end{p.near, p.far} {
			if reset {
				_ = e.conn.SetLinger(0)
			}
			_ = e.conn.Close()
		}
		p.forget(p)
	})
}
