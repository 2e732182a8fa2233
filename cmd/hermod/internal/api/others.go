package api

import (
	"context"
	"sync"
	"time"

	json "github.com/goccy/go-json"

	"hermod/actors"
)

// others is what one client has been told of the bots of a cluster. What nodes tell of a bot counts by the epoch of
// their claim, so that a late word of the node that had the bot before changes nothing. One goroutine for each other
// node reads what that tells, no faster than the client takes it; all else belongs to the client's.
type others struct {
	t       *telling
	ctx     context.Context
	cancel  context.CancelFunc
	running sync.WaitGroup
	inbox   chan peerEvent
	where   *Map // that was looked at last; nil before this node heard of it
	nodes   map[string]*otherNode
	shown   map[string]shown
	stale   bool // a node fell silent or came back since where was looked at
	moved   map[string]figure
}

// otherNode is a node that is followed.
type otherNode struct {
	stop   context.CancelFunc
	since  time.Time // when it began to be silent
	live   bool
	synced bool // it has told of every bot
	daemon Daemon
}

// shown is what the client saw last of a bot.
type shown struct {
	node  string // that told; "" when none did
	epoch int64  // the highest that a node told by
	state actors.State
}

// isTold says whether a node told of the bot, or is about to.
func (s shown) isTold() bool { return s.node != "" || s.state != "" && s.state != unknown }

func newOthers(ctx context.Context, t *telling) *others {
	o := &others{t: t, inbox: make(chan peerEvent), nodes: make(map[string]*otherNode), shown: make(map[string]shown)}
	o.ctx, o.cancel = context.WithCancel(ctx)
	o.look()
	return o
}

// close ends what is followed, and waits for that.
func (o *others) close() {
	o.cancel()
	o.running.Wait()
}

// news is what nodes tell; nothing without a cluster.
func (o *others) news() <-chan peerEvent {
	if o == nil {
		return nil
	}
	return o.inbox
}

// look follows the nodes that there are now.
func (o *others) look() {
	m := o.t.Cluster.Map()
	if m == nil || m == o.where {
		return
	}
	o.where, o.stale = m, true
	members := make(map[string]bool)
	for _, member := range m.Members {
		members[member.Name] = true
		if member.Name != o.t.Cluster.Self() && o.nodes[member.Name] == nil {
			o.begin(member.Name)
		}
	}
	for name, n := range o.nodes {
		if !members[name] {
			n.stop()
			delete(o.nodes, name)
		}
	}
}

func (o *others) begin(node string) {
	ctx, stop := context.WithCancel(o.ctx)
	o.nodes[node] = &otherNode{stop: stop, since: time.Now()}
	o.running.Go(func() { o.t.follow(ctx, node, o.t.caller, o.inbox) })
}

// silent says whether a node has told nothing for too long.
func (o *others) silent(node string) bool {
	n := o.nodes[node]
	return node != o.t.Cluster.Self() && (n == nil || !n.live && time.Since(n.since) >= nodePatience)
}

// take notes what a node tells.
func (o *others) take(e peerEvent) {
	n := o.nodes[e.node]
	if n == nil {
		return // it is no member any more
	}
	switch e.kind {
	case "":
		if n.live {
			n.since, o.stale = time.Now(), true
		}
		n.live, n.synced = false, false
		return
	case "status":
		var b struct {
			Name  string
			Epoch int64
		}
		if json.Unmarshal(e.data, &b) == nil && o.t.caller.Sees(b.Name) {
			o.told(e.node, b.Name, b.Epoch, e.data)
		}
	case "removed":
		var b struct{ Name string }
		if json.Unmarshal(e.data, &b) == nil && o.t.caller.Sees(b.Name) {
			o.left(e.node, b.Name)
		}
	case "figures":
		o.count(e)
	case "daemon":
		_ = json.Unmarshal(e.data, &n.daemon)
	case "synced":
		n.synced, o.stale = true, true
	}
	if !n.live {
		n.live, o.stale = true, true
	}
	o.t.tellSynced()
}

// told shows what a node tells of a bot, unless another one has told by a newer claim.
func (o *others) told(node, name string, epoch int64, data []byte) {
	before, known := o.shown[name]
	if known && epoch < before.epoch {
		return
	}
	o.shown[name] = shown{node: node, epoch: epoch}
	o.t.feed.event("", "status", data)
	o.t.beat = time.Now()
}

// left shows what becomes of a bot that has left a node, unless another one has told of it by then.
func (o *others) left(node, name string) {
	before, known := o.shown[name]
	if !known || before.node != node {
		return
	}
	p, there := Place{}, false
	if o.where != nil {
		p, there = o.where.Places[name]
	}
	if !there {
		o.remove(name)
		return
	}
	if p.Node == node {
		p.Node = "" // the claim is on its way back
	}
	o.place(name, p)
}

func (o *others) remove(name string) {
	delete(o.shown, name)
	o.t.feed.value("removed", map[string]string{"name": name})
	o.t.beat = time.Now()
}

// place shows a bot of which no node tells.
func (o *others) place(name string, p Place) {
	state := stateOf(p, o.silent(p.Node))
	epoch := o.shown[name].epoch
	o.shown[name] = shown{epoch: epoch, state: state}
	o.t.feed.value("status", placed(o.t.Cluster, name, p, state))
	o.t.beat = time.Now()
}

// tick compares what was shown with where the bots are, when there is news of that.
func (o *others) tick() {
	if o == nil {
		return
	}
	o.look()
	for _, n := range o.nodes {
		o.stale = o.stale || !n.live
	}
	if o.where == nil || !o.stale {
		return
	}
	o.stale = false
	o.compare()
	o.t.tellSynced()
}

func (o *others) compare() {
	for _, name := range o.where.Names {
		if !o.t.caller.Sees(name) {
			continue
		}
		p, before := o.where.Places[name], o.shown[name]
		silent := o.silent(p.Node)
		if p.Node != "" && !silent && (before.isTold() || !o.heard(p.Node)) {
			continue // what is to be said of the bot, its node says
		}
		if state := stateOf(p, silent); before.state != state {
			o.place(name, p)
		}
	}
	for name := range o.shown {
		if _, there := o.where.Places[name]; !there {
			o.remove(name)
		}
	}
}

// heard says whether a node has told of every bot that it has.
func (o *others) heard(node string) bool {
	n := o.nodes[node]
	return n == nil && len(o.t.untold) == 0 || n != nil && n.synced
}

// synced says whether every other node has told of all its bots, or is silent.
func (o *others) synced() bool {
	if o == nil {
		return true
	}
	for name, n := range o.nodes {
		if !n.synced && !o.silent(name) {
			return false
		}
	}
	if o.where != nil {
		o.compare()
	}
	return true
}

// count keeps a node's figures for the next tick of this one.
func (o *others) count(e peerEvent) {
	var told figuresEvent
	if json.Unmarshal(e.data, &told) != nil {
		return
	}
	if o.moved == nil {
		o.moved = make(map[string]figure)
	}
	for name, now := range told.Bots {
		if o.shown[name].node == e.node {
			o.moved[name] = now
		}
	}
}

// figures are those that other nodes told since they were asked for last.
func (o *others) figures() map[string]figure {
	if o == nil || o.moved == nil {
		return make(map[string]figure)
	}
	told := o.moved
	o.moved = nil
	return told
}

// daemons are how the other nodes are: nil for one that has not told yet, nothing for one that is silent.
func (o *others) daemons() map[string]*Daemon {
	told := make(map[string]*Daemon)
	for name, n := range o.nodes {
		switch {
		case n.live:
			told[name] = &n.daemon
		case !o.silent(name):
			told[name] = nil
		}
	}
	return told
}
