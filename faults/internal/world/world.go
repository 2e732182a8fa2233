package world

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"

	"hermod/faults/internal/journal"
	"hermod/faults/internal/link"
	"hermod/faults/internal/role"
)

// Options say what a world is made of.
type Options struct {
	// Folder is the world's own. Hermod is the daemon's program; Players that of all others, which is the lab's.
	Folder, Hermod, Players string
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
	child   atomic.Int64 // process id of the subprocess, 0 while it is not known
}

// names of journals, by process.
var journals = []string{"connector", "embedded", "behind", "receiver", "child", "api"}

// Open starts everything. Close must follow, also after an error.
func Open(o Options) (*World, error) {
	w := &World{opts: o, at: make(map[string]string), links: make(map[string]*link.Link),
		procs: make(map[string]*process), disks: make(map[string]*disk), buffers: make(map[string]string), tries: 3}
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
	listening = []string{"connector", "connector-tls", "api", "gateways", "receiver"}
	behind    = map[string]string{"e-c": "connector-tls", "d-c": "connector", "b-d": "gateways", "d-r": "receiver",
		"r-d": "api"}
)

// network gives every listener and link an address. In a network of its own these are always the same.
func (w *World) network() error {
	port := 7000
	for _, name := range append(append([]string(nil), listening...), "e-c", "d-c", "b-d", "d-r", "r-d") {
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
	for _, bot := range bots {
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
	for _, c := range players {
		c.Journal = w.journal(c.Name)
		w.procs[c.Name] = w.newProcess(c.Name, w.opts.Players, "role", encode(c))
	}
	w.procs["daemon"] = w.newProcess("daemon", w.opts.Hermod, "run", "--config", w.path("hermod.yaml"))
	for _, name := range []string{"connector", "receiver", "daemon", "embedded", "behind"} {
		w.procs[name].begin()
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
