package workload

import (
	"errors"
	"net"
	"sync"
	"sync/atomic"

	"github.com/gobwas/ws"

	"hermod/wire"
)

// Peer is the load generator: a connector that does as little as it can. It answers each hello, floods the connection
// if the scenario has events, answers all requests of one read with one write, and counts acknowledgements.
type Peer struct {
	spec     Spec
	listener net.Listener
	roots    string // its certificate; "" without TLS
	greeting []byte
	block    *block
	hung     []byte

	sent, answered, acked, connections atomic.Int64

	wg      sync.WaitGroup
	ended   chan struct{}
	greeted chan net.Conn
	mu      sync.Mutex
	open    map[net.Conn]struct{}
}

// StartPeer listens on a port of its own. End it with Close.
func StartPeer(s Spec) (*Peer, error) {
	s = s.withDefaults()
	listener, roots, err := listen(s.TLS)
	if err != nil {
		return nil, err
	}
	p := &Peer{spec: s, listener: listener, roots: roots, greeting: greeting(),
		ended: make(chan struct{}), greeted: make(chan net.Conn), open: map[net.Conn]struct{}{}}
	p.block = newBlock(s, blockSize, chatsOf(s))
	p.hung = textMessage(eventLine(s, hungChat, 0))
	p.wg.Go(p.accept)
	switch s.Scenario {
	case Duplex, Spread:
		p.wg.Go(p.pace)
	case Silence:
		p.wg.Go(p.breakSilence)
	}
	return p, nil
}

func chatsOf(s Spec) int {
	if s.Scenario == Hang {
		return manyChats
	}
	return chats
}

func greeting() []byte {
	return textMessage(wire.AppendDescriptor(nil, &wire.Descriptor{ContractVersion: wire.ContractVersion, Platform: "discord",
		Label: "Discord", MaxMessageLength: 2000, SupportsEdit: true, SupportsThreads: true, MarkdownDialect: "discord",
		LenUnit: wire.Chars}))
}

// Address is where to dial.
func (p *Peer) Address() Address {
	scheme := "ws"
	if p.roots != "" {
		scheme = "wss"
	}
	return Address{URL: scheme + "://" + p.listener.Addr().String() + "/relay", Roots: p.roots}
}

// Close ends every connection and returns what was counted.
func (p *Peer) Close() Result {
	close(p.ended)
	_ = p.listener.Close()
	p.mu.Lock()
	for conn := range p.open {
		_ = conn.Close()
	}
	p.mu.Unlock()
	p.wg.Wait()
	return Result{Client: PeerClient, Scenario: p.spec.Scenario, Metrics: map[string]float64{
		PeerSent: float64(p.sent.Load()), PeerAnswered: float64(p.answered.Load()), PeerAcked: float64(p.acked.Load()),
		PeerConnections: float64(p.connections.Load()), CPUSeconds: cpuTime().Seconds(),
	}}
}

func (p *Peer) accept() {
	for {
		conn, err := p.listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			continue
		}
		p.wg.Go(func() { p.serve(conn) })
	}
}

func (p *Peer) serve(conn net.Conn) {
	defer conn.Close()
	if !p.enter(conn) {
		return
	}
	defer p.leave(conn)
	if _, err := (ws.Upgrader{}).Upgrade(conn); err != nil {
		return
	}
	p.connections.Add(1)
	_ = p.read(conn)
}

// enter says whether the connection may be served; from then on Close ends it.
func (p *Peer) enter(conn net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case <-p.ended:
		return false
	default:
		p.open[conn] = struct{}{}
		return true
	}
}

func (p *Peer) leave(conn net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.open, conn)
}
