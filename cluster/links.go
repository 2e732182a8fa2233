package cluster

import (
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/keepalive"

	"hermod/cluster/registry"
)

const (
	// pingEvery and pongWithin: whoever answers no ping for 25 s is given up.
	pingEvery  = 15 * time.Second
	pongWithin = 10 * time.Second
)

// links are the connections by which this node asks others: one for each, opened when it is first needed.
type links struct {
	mu     sync.Mutex
	open   map[string]*grpc.ClientConn // by address
	closed bool
}

// to returns the connection to an address. Those to addresses that no member of the view has are closed.
func (l *links) to(address string, v *registry.View, dial func(string) (*grpc.ClientConn, error)) (*grpc.ClientConn,
	error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return nil, ErrClosed
	}
	if conn := l.open[address]; conn != nil {
		return conn, nil
	}
	members := make(map[string]bool)
	for _, m := range v.Members {
		members[m.Address] = true
	}
	for known, conn := range l.open {
		if !members[known] {
			_ = conn.Close()
			delete(l.open, known)
		}
	}
	conn, err := dial(address)
	if err != nil {
		return nil, err
	}
	if l.open == nil {
		l.open = make(map[string]*grpc.ClientConn)
	}
	l.open[address] = conn
	return conn, nil
}

// close ends all connections, and lets none begin.
func (l *links) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	for _, conn := range l.open {
		_ = conn.Close()
	}
	l.open = nil
}

// linkTo returns the connection to a member.
func (n *Node) linkTo(node string) (*grpc.ClientConn, error) {
	view := n.View()
	if view == nil {
		return nil, ErrNoNode
	}
	member, is := view.Members[node]
	if !is {
		return nil, ErrNoNode
	}
	return n.links.to(member.Address, view, n.dial)
}

// dial makes a link; it connects when it is first used.
func (n *Node) dial(address string) (*grpc.ClientConn, error) {
	options, _ := n.transport()
	return grpc.NewClient("passthrough:///"+address, append(options, linkOptions()...)...)
}

// linkOptions are those of links, beside the transport's: a window that does not grow bounds what waits to be read.
func linkOptions() []grpc.DialOption {
	return []grpc.DialOption{grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: pingEvery, Timeout: pongWithin}),
		grpc.WithStaticStreamWindowSize(askWindow), grpc.WithDisableServiceConfig()}
}

// alive are the options by which a server notices that a node has frozen or is cut off, and that bound what waits to be
// read.
func alive() []grpc.ServerOption {
	return []grpc.ServerOption{grpc.StaticStreamWindowSize(carryWindow),
		grpc.KeepaliveParams(keepalive.ServerParameters{Time: pingEvery, Timeout: pongWithin}),
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: pingEvery / 2, PermitWithoutStream: true})}
}
