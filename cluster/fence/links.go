package fence

import (
	"net"
	"sync"
	"weak"
)

// firstSweep is the number of connections before the first look for those that are gone.
const firstSweep = 64

// links are the connections that came from a fence. It holds them weakly: who uses one closes it.
type links struct {
	mu    sync.Mutex
	conns []weak.Pointer[net.TCPConn]
	sweep int // length at which those that are gone are taken out
}

func (l *links) add(conn *net.TCPConn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.conns) >= max(l.sweep, firstSweep) {
		live := l.conns[:0]
		for _, p := range l.conns {
			if c := p.Value(); c != nil && usable(c) {
				live = append(live, p)
			}
		}
		clear(l.conns[len(live):])
		l.conns, l.sweep = live, 2*len(live)
	}
	l.conns = append(l.conns, weak.Make(conn))
}

// shutdown ends all of them.
func (l *links) shutdown() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, p := range l.conns {
		if conn := p.Value(); conn != nil {
			shutdown(conn)
		}
	}
	l.conns, l.sweep = nil, 0
}

// usable says whether a connection has not been closed.
func usable(conn *net.TCPConn) bool {
	raw, err := conn.SyscallConn()
	return err == nil && raw.Control(func(uintptr) {}) == nil
}
