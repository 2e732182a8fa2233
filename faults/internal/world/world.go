package world

import (
	"encoding/json"
	"fmt"
	"maps"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"

	"hermod/faults/internal/journal"
	"hermod/faults/internal/link"
	"hermod/faults/internal/role"
	"hermod/faults/internal/schedule"
)

// Options say what a world is made of.
type Options struct {
	// Folder is the world's own. Hermod is the daemon's program; Players that of all others, which is the lab's.
	Folder, Hermod, Players string
	// Cluster has three nodes take the daemon's place.
	Cluster bool
	// Tight is as schedules have it.
	Tight bool
	// Isolated says that the process is root in namespaces of its own.
	Isolated bool
}

// World is running processes. It belongs to one goroutine, but for what a play starts.
type World struct {
	opts    Options
	at      map[string]string // addresses: listeners and links
	links   map[string]*link.Link
	procs   map[string]*process
	disks   map[string]*disk
	readers []*journal.Reader
	buffers map[string]string // buffer id → delivery id
	plays   int
	tries   int          // of the receiver's bot, which a reload changes
	bots    []string     // the first is the embedding gateway's
	turns   atomic.Int64 // of apis
	apis    []string     // addresses of the daemon's API, or of the nodes'
	child   atomic.Int64 // process id of the subprocess, 0 while it is not known
}

// names of journals, by process.
var journals = []string{"connector", "embedded", "behind", "receiver", "child", "api"}

// Open starts everything. Close must follow. An error comes with the logs of the processes.
func Open(o Options) (*World, error) {
	w, err := open(o)
	if err != nil {
		err = fmt.Errorf("%w\n%v", err, w.Logs())
		w.Close()
		return nil, err
	}
	return w, nil
}

func open(o Options) (*World, error) {
	w := &World{opts: o, at: make(map[string]string), links: make(map[string]*link.Link),
		procs: make(map[string]*process), disks: make(map[string]*disk), buffers: make(map[string]string),
		tries: 3, bots: schedule.Bots, apis: []string{"api"}}
	if o.Cluster {
		w.bots, w.apis = schedule.ClusterBots, []string{"api-1", "api-2", "api-3"}
	}
	for _, set := range []func() error{w.network, w.makeDisks, w.files, w.openLinks} {
		if err := set(); err != nil {
			return w, err
		}
	}
	for _, name := range journals {
		w.readers = append(w.readers, journal.Follow(w.journal(name)))
	}
	return w, w.processes()
}

func (w *World) path(names ...string) string {
	return filepath.Join(append([]string{w.opts.Folder}, names...)...)
}

func (w *World) journal(name string) string { return w.path("journal-" + name) }

// listeners are what processes listen at, and links what they dial instead, with the listener behind.
var (
	listening = []string{"connector", "connector-tls", "api", "gateways", "receiver", "api-1", "api-2", "api-3", "peer-1",
		"peer-2", "peer-3", "etcd", "etcd-peer"}
	behind = map[string]string{"e-c": "connector-tls", "d-c": "connector", "b-d": "gateways", "d-r": "receiver",
		"r-d": "api", "n1-etcd": "etcd", "n2-etcd": "etcd", "n3-etcd": "etcd"}
)

// network gives every listener and link an address. In a network of its own these are always the same.
func (w *World) network() error {
	port := 7000
	for _, name := range append(slices.Sorted(maps.Keys(behind)), listening...) {
		port++
		w.at[name] = fmt.Sprintf("127.0.0.1:%d", port)
		if w.opts.Isolated {
			continue
		}
		free, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return fmt.Errorf("find a free address: %w", err)
		}
		defer free.Close()
		w.at[name] = free.Addr().String()
	}
	if w.opts.Isolated {
		return command("ip", "link", "set", "lo", "up")
	}
	return nil
}

func (w *World) openLinks() (err error) {
	for name, far := range behind {
		if w.links[name], err = link.Open(w.at[name], w.at[far]); err != nil {
			return err
		}
	}
	return nil
}

// processes starts all of them, and waits until each can be used.
func (w *World) processes() error {
	gateways := map[string]string{}
	for _, bot := range w.bots {
		gateways[bot] = w.path(bot + ".secret")
	}
	players := []role.Config{
		{Role: "connector", Name: "connector", Listen: w.at["connector"], ListenTLS: w.at["connector-tls"],
			Folder: w.disks["connector"].folder, Gateways: gateways, Cert: w.path("cert.pem"), Key: w.path("key.pem")},
		{Role: "receiver", Name: "receiver", Listen: w.at["receiver"], URL: "http://" + w.at["r-d"]},
		{Role: "gateway", Name: "embedded", URL: "wss://" + w.at["e-c"], GatewayID: "e", Secret: w.path("e.secret"),
			Platform: platform, BotID: "bot-e", CA: w.path("cert.pem")},
		{Role: "gateway", Name: "behind", URL: "ws://" + w.at["b-d"], GatewayID: "local", Secret: w.path("local.secret"),
			Platform: platform, BotID: "bot-b"},
	}
	if w.opts.Cluster {
		players = players[:3]
	}
	for _, c := range players {
		c.Journal, c.Tight = w.journal(c.Name), w.opts.Tight
		if _, err := w.newProcess(c.Name, w.opts.Players, "role", encode(c)); err != nil {
			return err
		}
	}
	if w.opts.Cluster {
		if err := w.cluster(); err != nil {
			return err
		}
	} else if _, err := w.newProcess("daemon", w.opts.Hermod, "run", "--config", w.path("hermod.yaml")); err != nil {
		return err
	}
	for _, p := range w.procs {
		p.begin()
	}
	for _, p := range w.procs {
		if err := p.awaitUp(); err != nil {
			return err
		}
	}
	return nil
}

func encode(value any) string {
	text, _ := json.Marshal(value)
	return string(text)
}

// Close ends everything.
func (w *World) Close() {
	w.heal()
	for _, p := range w.procs {
		p.end()
	}
	for _, l := range w.links {
		if l != nil {
			l.Close()
		}
	}
	for _, d := range w.disks {
		d.close()
	}
	for _, r := range w.readers {
		r.Close()
	}
}

// Logs returns the ends of what the processes wrote to their standard errors.
func (w *World) Logs() map[string]string {
	logs := make(map[string]string)
	for name := range w.procs {
		text, _ := os.ReadFile(w.path(name + ".log"))
		logs[name] = strings.ToValidUTF8(string(text[max(0, len(text)-64<<10):]), "")
	}
	return logs
}
