//go:build cluster

package main

import (
	"context"
	"os"
	"strings"
	"sync"
	"syscall"
	"time"
)

// failures are what is played, each with a node that it happens to. Each ends with every node a member, and every bot
// connected.
var failures = []struct {
	name string
	play func(w *clusterWorld, n *nodeProcess)
}{
	{"kill -9", (*clusterWorld).killNode},
	{"SIGSTOP", (*clusterWorld).stopNode},
	{"cut from etcd", (*clusterWorld).cutFromEtcd},
	{"cut from its peers", (*clusterWorld).cutFromPeers},
	{"cut from the connector", (*clusterWorld).cutFromConnector},
	{"etcd away for a moment", (*clusterWorld).shortOutage},
	{"etcd away for long", (*clusterWorld).longOutage},
	{"slow etcd", (*clusterWorld).slowEtcd},
	{"restart in order", (*clusterWorld).restartNode},
	{"drain", (*clusterWorld).drainNode},
	{"all nodes at once", (*clusterWorld).startAtOnce},
	{"everything at once", (*clusterWorld).restartEverything},
	{"member of etcd killed", (*clusterWorld).killMember},
}

func (w *clusterWorld) killNode(n *nodeProcess) {
	since := time.Now()
	n.kill()
	w.until("the dead node's sessions have ended", func() bool { return w.platform.live() < len(w.bots) })
	w.await("kill")
	w.note("kill -9 of a node", since)
	since = time.Now()
	n.start()
	w.balanced()
	w.await("join")
	w.note("the same node again, which takes its share", since)
}

func (w *clusterWorld) stopNode(n *nodeProcess) {
	had, since := w.botsOf(n.name), time.Now()
	n.signal(syscall.SIGSTOP)
	w.until("newer sessions have replaced what it had", func() bool { return w.platform.renewed(had, since) })
	w.await("stop")
	w.note("SIGSTOP for longer than the lease, SIGCONT", since)
	n.signal(syscall.SIGCONT)
	w.rest()
}

func (w *clusterWorld) cutFromEtcd(n *nodeProcess) {
	had, since := w.botsOf(n.name), time.Now()
	n.cutFromEtcd(true)
	w.until("it has dropped its sessions", func() bool { return w.platform.ended(had, since) })
	dropped := time.Now()
	w.until("others have its bots", func() bool { return w.platform.renewed(had, since) })
	w.note("a node is cut from etcd", since)
	w.margins = append(w.margins, w.platform.first(had, dropped).Sub(dropped))
	n.cutFromEtcd(false)
	w.rest()
}

// cutFromPeers has nobody reach a node but its connector and etcd: its bots stay where they are.
func (w *clusterWorld) cutFromPeers(n *nodeProcess) {
	bot, other, since := w.botsOf(n.name)[0], w.otherThan(n), time.Now()
	n.peers.set(true)
	w.until("an action through another node does not arrive", func() bool {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		defer cancel()
		return other.act(ctx, bot) == noAnswer
	})
	if own := n.act(context.Background(), bot); own != done {
		w.t.Errorf("an action at the node itself ended with %s", own)
	}
	w.note("a node is cut from its peers", since)
	if moved := w.platform.moves(since); len(moved) > 0 {
		w.t.Errorf("%d bots moved, though only their node's peers do not reach it", len(moved))
	}
	n.peers.set(false)
	w.until("actions arrive again", func() bool { return other.act(context.Background(), bot) == done })
}

// cutFromConnector has a node's bots lose their connector, while it can be reached from the other nodes.
func (w *clusterWorld) cutFromConnector(n *nodeProcess) {
	bot := w.botsOf(n.name)[0]
	w.platform.set(n.name, true)
	w.until("the node has noticed", func() bool { return strings.HasSuffix(n.act(context.Background(), bot), "bot-not-connected") })
	since := time.Now()
	w.platform.set(n.name, false)
	w.await("joined again")
	w.note("a node is cut from the connector; from its return", since)
}

func (w *clusterWorld) shortOutage(*nodeProcess) {
	since := time.Now()
	w.etcd.Down()
	w.etcd.Up()
	w.rest()
	w.note("etcd is away for less than the lease allows", since)
}

func (w *clusterWorld) longOutage(*nodeProcess) {
	w.etcd.Down()
	w.until("every bot is cut", func() bool { return w.platform.live() == 0 })
	w.etcd.Up()
	since := time.Now()
	w.await("long outage")
	w.note("etcd is away for longer; from its return", since)
	w.rest()
}

// slowEtcd has every answer of etcd's come late, and a node leave and join meanwhile.
func (w *clusterWorld) slowEtcd(n *nodeProcess) {
	slow := func(from, to time.Duration) {
		for _, n := range w.nodes {
			for _, l := range n.etcd {
				l.delay(from, to)
			}
		}
	}
	cuts := w.cuts()
	slow(300*time.Millisecond, time.Second)
	since := time.Now()
	n.end()
	w.await("a node has left a slow etcd")
	w.note("etcd answers after 0.3 to 1 s; a node ends in order", since)
	since = time.Now()
	n.start()
	w.until("it has bots again", func() bool { return len(w.botsOf(n.name)) > 0 })
	slow(0, 0)
	w.rest()
	w.note("it joins while etcd is as slow", since)
	if more := w.cuts() - cuts; more > 0 {
		w.t.Errorf("%d nodes cut their bots because etcd was slow", more)
	}
}

func (w *clusterWorld) restartNode(n *nodeProcess) {
	since := time.Now()
	n.end()
	w.await("end")
	w.note("a node ends in order", since)
	since = time.Now()
	n.start()
	w.rest()
	w.note("it starts again, and takes its share", since)
}

func (w *clusterWorld) drainNode(n *nodeProcess) {
	since := time.Now()
	w.command("cluster", "drain", n.name)
	w.until("it has given up everything", func() bool { return w.has(n.name, 0) })
	w.await("drain")
	w.note("a node is drained", since)
	w.command("cluster", "undrain", n.name)
	w.rest()
}

// startAtOnce ends every node in order, and starts all at the same instant.
func (w *clusterWorld) startAtOnce(*nodeProcess) {
	w.each((*nodeProcess).end)
	since := time.Now()
	w.each((*nodeProcess).start)
	w.await("start at once")
	w.note("all nodes start at the same instant", since)
	w.rest()
}

func (w *clusterWorld) restartEverything(*nodeProcess) {
	w.etcd.Down()
	w.each((*nodeProcess).kill)
	since := time.Now()
	w.etcd.Up()
	w.each((*nodeProcess).start)
	w.until("every bot has a new session", func() bool { return w.platform.renewed(w.bots, since) })
	w.note("everything is killed and started, etcd too", since)
	w.rest()
}

// killMember kills one of etcd's members, of which there may be several, while a node is restarted.
func (w *clusterWorld) killMember(n *nodeProcess) {
	victim := w.random.IntN(len(w.etcd.Endpoints))
	cuts := w.cuts()
	w.etcd.DownOne(victim)
	since := time.Now()
	if len(w.etcd.Endpoints) > 1 {
		n.end()
		w.await("a node has left without a member of etcd")
		n.start()
		w.rest()
	}
	w.etcd.UpOne(victim)
	w.rest()
	w.note("a member of etcd is killed; a node is restarted", since)
	if more := w.cuts() - cuts; more > 0 {
		w.t.Errorf("%d nodes cut their bots because a member of etcd was killed", more)
	}
}

// each does something with all nodes at the same instant.
func (w *clusterWorld) each(do func(*nodeProcess)) {
	var all sync.WaitGroup
	for _, n := range w.nodes {
		all.Go(func() { do(n) })
	}
	all.Wait()
}

// otherThan is a node that is not this one.
func (w *clusterWorld) otherThan(n *nodeProcess) *nodeProcess {
	if n == w.nodes[0] {
		return w.nodes[1]
	}
	return w.nodes[0]
}

// rest waits until nothing is left to be done.
func (w *clusterWorld) rest() {
	w.t.Helper()
	w.balanced()
	w.await("rest")
}

// cuts is how often nodes have cut their bots.
func (w *clusterWorld) cuts() (n int) {
	for _, node := range w.nodes {
		text, err := os.ReadFile(node.log.Name())
		must(w.t, err)
		n += strings.Count(string(text), "the lease is not certain any more")
	}
	return n
}
