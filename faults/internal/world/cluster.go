package world

import (
	"fmt"
	"os"
	"strings"

	"hermod/faults/internal/role"
)

// nodes of a cluster.
const nodes = 3

// lease is the shortest that there is.
const lease = "3s"

// configureNodes writes what each node reads, and the cluster's bots.
func (w *World) configureNodes() error {
	for n := 1; n <= nodes; n++ {
		if err := os.MkdirAll(w.path(fmt.Sprint("node-", n)), 0o700); err != nil {
			return err
		}
		file := fmt.Sprintf("cluster: lab\nnode: node-%[1]d\nlisten: %[2]s\nlease: %[3]s\nmove_pause: 10ms\n"+
			"dead_letters: node\netcd: {endpoints: ['%[4]s']}\n", // what is refused for good would stay upstream for ever
			n, w.at[fmt.Sprint("peer-", n)], lease, w.at[fmt.Sprintf("n%d-etcd", n)])
		if err := w.write(fmt.Sprintf("node-%d/cluster.yaml", n), file); err != nil {
			return err
		}
		file = fmt.Sprintf("http: {listen: '%s'}\nstate: state\nshutdown: {budget: 2s}\nbots: []\n", w.at[fmt.Sprint("api-", n)])
		if err := w.write(fmt.Sprintf("node-%d/hermod.yaml", n), file); err != nil {
			return err
		}
	}
	var text strings.Builder
	text.WriteString(w.defaults())
	for _, bot := range w.bots[1:] {
		fmt.Fprintf(&text, "  - name: %[1]s\n    gateway_id: %[1]s\n    secret: {file: %[2]s}\n"+
			"    identities: [{platform: %[3]s, bot_id: bot-%[1]s}]\n    deliver: {%[4]s}\n",
			bot, w.path(bot+".secret"), platform, w.webhook())
	}
	return w.write("bots.yaml", text.String())
}

// cluster starts etcd, gives it the bots, and makes the nodes.
func (w *World) cluster() error {
	etcd, err := w.newProcess("etcd", w.opts.Players, "role", encode(role.Config{Role: "etcd", Name: "etcd",
		Journal: w.journal("etcd"), Listen: w.at["etcd"], URL: w.at["etcd-peer"], Folder: w.path("etcd")}))
	if err != nil {
		return err
	}
	etcd.begin()
	if err := etcd.awaitUp(); err != nil {
		return err
	}
	cluster := w.path("node-1", "cluster.yaml")
	if err := command(w.opts.Hermod, "cluster", "apply", w.path("bots.yaml"), "--cluster", cluster); err != nil {
		return err
	}
	for n := 1; n <= nodes; n++ {
		name := fmt.Sprint("node-", n)
		if _, err := w.newProcess(name, w.opts.Hermod, "run", "--config", w.path(name, "hermod.yaml"), "--cluster",
			w.path(name, "cluster.yaml")); err != nil {
			return err
		}
	}
	return nil
}
