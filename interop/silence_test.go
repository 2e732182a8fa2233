//go:build interop

package interop

import (
	"io"
	"net"
	"sync"
	"testing"
)

// network stands between a gateway and its connector, and can lose connections as networks do: neither hears of it.
type network struct {
	listener net.Listener
	to       string
	wg       sync.WaitGroup

	mu     sync.Mutex
	silent chan struct{} // closed when the connections up to now are lost
	open   []net.Conn
}

// startNetwork carries connections to an address until the test ends.
func startNetwork(t *testing.T, to string) *network {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	n := &network{listener: listener, to: to, silent: make(chan struct{})}
	n.wg.Go(n.accept)
	t.Cleanup(n.close)
	return n
}

func (n *network) url() string { return "ws://" + n.listener.Addr().String() + "/relay" }

// lose has every connection of now go silent. The connector's half stays open.
func (n *network) lose() {
	n.mu.Lock()
	defer n.mu.Unlock()
	close(n.silent)
	n.silent = make(chan struct{})
}

func (n *network) accept() {
	for {
		near, err := n.listener.Accept()
		if err != nil {
			return
		}
		far, err := net.Dial("tcp", n.to)
		if err != nil {
			near.Close()
			continue
		}
		n.mu.Lock()
		n.open = append(n.open, near, far)
		silent := n.silent
		n.mu.Unlock()
		n.wg.Go(func() { carry(far, near, silent) })
		n.wg.Go(func() { carry(near, far, silent) })
	}
}

// carry copies until the end, which it passes on, or until the connection is silent.
func carry(to, from net.Conn, silent <-chan struct{}) {
	buffer := make([]byte, 32<<10)
	for {
		size, err := from.Read(buffer)
		select {
		case <-silent:
			_, _ = io.Copy(io.Discard, from)
			return
		default:
		}
		if err != nil {
			to.Close()
			return
		}
		if _, err := to.Write(buffer[:size]); err != nil {
			from.Close()
			return
		}
	}
}

func (n *network) close() {
	n.listener.Close()
	n.mu.Lock()
	for _, conn := range n.open {
		conn.Close()
	}
	n.mu.Unlock()
	n.wg.Wait()
}
