package cluster

import (
	"context"
	"fmt"
	"net"
	"sync/atomic"

	framework "github.com/asynkron/protoactor-go/cluster"

	"hermod/cluster/fence"
	"hermod/cluster/registry"
)

// Node is this process's part in a cluster. Its methods may be called from any goroutine.
type Node struct {
	cfg   Config
	fence *fence.Fence
	store atomic.Pointer[registry.Store] // nil before etcd was reached
	peers *framework.Cluster             // what reaches the other nodes; nil before Run
	at    string                         // the address that the others know

	links   links         // by which this node asks others
	asked   chan struct{} // holds one for each question of another node that is being answered
	carried chan struct{} // holds one for each stream of bytes that another node carries here

	view   atomic.Pointer[registry.View]
	status atomic.Pointer[Status]
	news   bell
	events chan func(*keeper)
	left   chan struct{}
}

// New returns a node that Run brings into the cluster.
func New(cfg Config) (*Node, error) {
	if err := cfg.fill(); err != nil {
		return nil, err
	}
	n := &Node{cfg: cfg, fence: fence.New(nil), events: make(chan func(*keeper)), left: make(chan struct{}),
		asked: make(chan struct{}, maxAsked), carried: make(chan struct{}, maxCarried)}
	n.news.ring()
	n.status.Store(&Status{Node: cfg.Name, Phase: "joining"})
	return n, nil
}

// Dial opens the connections of bots. They end before the node's lease can, whoever holds them; without a lease the
// error is fence.ErrClosed. It has the form of net.Dialer.DialContext, for TCP.
func (n *Node) Dial(ctx context.Context, network, addr string) (net.Conn, error) {
	return n.fence.Dial(ctx, network, addr)
}

// MayAct says whether the node's lease is certain, so that its bots are its own. Ask right before each outward effect
// that does not go through a connection of Dial.
func (n *Node) MayAct() bool { return n.fence.Open() }

// Run makes the node a member and keeps it one: after each loss of its lease it comes back by itself. It ends when ctx
// does, after the bots have ended in order and the lease was given back. It may be called once, and by one node of a
// process only: the framework sets gRPC's logger for all of it. The error says why the node could not begin.
func (n *Node) Run(ctx context.Context) error {
	defer close(n.left)
	if err := n.listen(); err != nil {
		return err
	}
	defer n.hangUp()
	k := newKeeper(n)
	return k.run(ctx)
}

// Hurry ends a node whose Run has been told to end without waiting for its bots.
func (n *Node) Hurry() { n.post(func(k *keeper) { k.core.Hurry() }) }

// Left is closed when Run has returned.
func (n *Node) Left() <-chan struct{} { return n.left }

// Address is where the other nodes reach this one; "" before it listens.
func (n *Node) Address() string { return n.Status().Address }

// View is what the cluster agreed on when this node last heard of it; nil before it did. It must not be changed.
func (n *Node) View() *registry.View { return n.view.Load() }

// News is closed when there is another View.
func (n *Node) News() <-chan struct{} { return n.news.wait() }

// SetDisabled has a bot run nowhere, or runs it again. It lasts until somebody changes it.
func (n *Node) SetDisabled(ctx context.Context, bot string, off bool) error {
	store := n.store.Load()
	if store == nil {
		return fmt.Errorf("switch bot %q: etcd was not reached yet", bot)
	}
	return store.SetDisabled(ctx, bot, off)
}

// post has the keeper do something, unless the node has left.
func (n *Node) post(do func(*keeper)) {
	select {
	case n.events <- do:
	case <-n.left:
	}
}

// Status is how the node is.
type Status struct {
	Node, Address string
	// Phase is joining, member, cutting, leaving or left.
	Phase string
	// Lease is the node's, 0 for none. Cuts counts how often its bots were cut because the lease was not certain any more.
	Lease int64
	Cuts  int
	// Bots are those that run here, or are on their way in or out, with their epochs; 0 for a claim that is not decided.
	Bots map[string]int64
	// LastError is why the last attempt to join or to renew failed; "" when it did not.
	LastError string
}

// Status returns how the node is. It must not be changed.
func (n *Node) Status() *Status { return n.status.Load() }

// bell tells any number of goroutines that something changed.
type bell struct{ next atomic.Pointer[chan struct{}] }

func (b *bell) wait() <-chan struct{} { return *b.next.Load() }

func (b *bell) ring() {
	next := make(chan struct{})
	if before := b.next.Swap(&next); before != nil {
		close(*before)
	}
}
