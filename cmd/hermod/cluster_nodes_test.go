//go:build cluster

package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	json "github.com/goccy/go-json"

	"hermod/cluster/etcdtest"
	"hermod/cluster/registry"
)

// leaseOfTests is short, so that failovers are.
const leaseOfTests = 5 * time.Second

// clusterWorld is an etcd, a connector, and nodes that are processes.
type clusterWorld struct {
	t        *testing.T
	folder   string
	etcd     *etcdtest.Etcd
	platform *platformSide
	store    *registry.Store
	bots     []string
	nodes    []*nodeProcess
}

// nodeProcess is a node that may be killed and started again. It reaches etcd through a wire that can be cut.
type nodeProcess struct {
	world *clusterWorld
	name  string
	wire  *cutWire
	cmd   *exec.Cmd
	log   *os.File
	url   atomic.Pointer[string] // of its API; nil while it does not run
}

func newClusterWorld(t *testing.T, nodes, bots int) *clusterWorld {
	t.Helper()
	w := &clusterWorld{t: t, folder: t.TempDir(), etcd: etcdtest.Start(t), platform: newPlatformSide(t)}
	var err error
	w.store, err = registry.Open(registry.Config{Endpoints: []string{w.etcd.Endpoint}, User: "hermod",
		Password: etcdtest.Password, TLS: &w.etcd.Client, Cluster: "test"})
	must(t, err)
	t.Cleanup(func() { _ = w.store.Close() })
	must(t, os.WriteFile(filepath.Join(w.folder, "etcd.password"), []byte(etcdtest.Password+"\n"), 0o600))
	var file strings.Builder
	fmt.Fprintf(&file, "defaults:\n  url: %s\n  timing: {backoff: 100ms, max_backoff: 1s}\n  deliver: {webhook: {url: '%s', secret: {env: W}}}\nbots:\n",
		w.platform.url(), w.platform.webhooks.URL)
	for i := range bots {
		bot := fmt.Sprintf("bot-%03d", i)
		w.bots = append(w.bots, bot)
		fmt.Fprintf(&file, "- {name: %s, identities: [{platform: discord, bot_id: %s}]}\n", bot, bot)
	}
	must(t, os.WriteFile(filepath.Join(w.folder, "bots.yaml"), []byte(file.String()), 0o600))
	for i := range nodes {
		w.nodes = append(w.nodes, w.newNode(fmt.Sprint("n", i)))
	}
	w.command("cluster", "apply", filepath.Join(w.folder, "bots.yaml"))
	return w
}

func (w *clusterWorld) newNode(name string) *nodeProcess {
	n := &nodeProcess{world: w, name: name, wire: newCutWire(w.t, w.etcd.Endpoint)}
	folder := filepath.Join(w.folder, name)
	must(w.t, os.Mkdir(folder, 0o700))
	files, client := w.etcd.Authority.Issue(name), w.etcd.Client
	must(w.t, os.WriteFile(filepath.Join(folder, "cluster.yaml"), fmt.Appendf(nil, `cluster: test
node: %s
listen: 127.0.0.1:0
lease: %v
move_pause: 10ms
etcd:
  endpoints: [%s]
  user: hermod
  password: {file: ../etcd.password}
  tls: {ca: %s, cert: %s, key: %s}
tls: {ca: %s, cert: %s, key: %s}
`, name, leaseOfTests, n.wire.addr(), client.CA, client.Cert, client.Key, files.CA, files.Cert, files.Key), 0o600))
	must(w.t, os.WriteFile(filepath.Join(folder, "hermod.yaml"),
		[]byte("http: {listen: '127.0.0.1:0'}\nstate: state\nshutdown: {budget: 5s}\nbots: []\n"), 0o600))
	log, err := os.Create(filepath.Join(folder, "log"))
	must(w.t, err)
	n.log = log
	w.t.Cleanup(func() {
		n.kill()
		_ = log.Close()
		if w.t.Failed() {
			text, _ := os.ReadFile(log.Name())
			w.t.Logf("log of %s:\n%s", name, text[max(0, len(text)-6000):])
		}
	})
	return n
}

func (n *nodeProcess) file(name string) string { return filepath.Join(n.world.folder, n.name, name) }

// start runs the node and waits until it serves, not until it is a member.
func (n *nodeProcess) start() {
	t := n.world.t
	t.Helper()
	n.cmd = exec.Command(os.Args[0], "run", "--config", n.file("hermod.yaml"), "--cluster", n.file("cluster.yaml"))
	n.cmd.Env = append(clearedEnvironment(), asHermod+"=1", "W="+signingSecret)
	n.cmd.Stderr = n.log
	stdout, err := n.cmd.StdoutPipe()
	must(t, err)
	must(t, n.cmd.Start())
	var first struct{ Listening string }
	must(t, json.NewDecoder(stdout).Decode(&first))
	url := "http://" + first.Listening
	n.url.Store(&url)
}

func (n *nodeProcess) signal(s syscall.Signal) { _ = n.cmd.Process.Signal(s) }

func (n *nodeProcess) kill() {
	n.url.Store(nil)
	if n.cmd != nil {
		_ = n.cmd.Process.Kill()
		_ = n.cmd.Wait()
	}
}

// end ends the node in order.
func (n *nodeProcess) end() {
	n.url.Store(nil)
	n.signal(syscall.SIGTERM)
	if err := n.cmd.Wait(); err != nil {
		n.world.t.Errorf("%s ended with %v", n.name, err)
	}
}

// command runs a command about the cluster and returns what it printed.
func (w *clusterWorld) command(args ...string) string {
	w.t.Helper()
	out, err := w.try(args...)
	if err != nil {
		w.t.Fatalf("hermod %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return out
}

func (w *clusterWorld) try(args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, os.Args[0], append(args, "--cluster", w.nodes[0].file("cluster.yaml"))...)
	cmd.Env = append(clearedEnvironment(), asHermod+"=1")
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// await waits until every bot has a session, and returns how long that took.
func (w *clusterWorld) await(what string, since time.Time) time.Duration {
	w.t.Helper()
	w.until(what+": every bot has a session", func() bool { return w.platform.live() == len(w.bots) })
	return time.Since(since)
}

func (w *clusterWorld) until(what string, is func() bool) {
	w.t.Helper()
	deadline := time.After(patience)
	for !is() {
		select {
		case <-deadline:
			w.t.Fatalf("never: %s; %d of %d bots have a session, and these had two: %v", what, w.platform.live(), len(w.bots),
				w.platform.twice())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// shares says how many bots each member has.
func (w *clusterWorld) shares() map[string]int {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	view, err := w.store.Read(ctx)
	if err != nil {
		return nil
	}
	shares := make(map[string]int)
	for node := range view.Members {
		shares[node] = 0
	}
	for bot := range view.Bots {
		if node, _, _, owned := view.Owner(bot); owned {
			shares[node]++
		}
	}
	return shares
}

// botsOf are those that a node owns.
func (w *clusterWorld) botsOf(node string) (bots []string) {
	view, err := w.store.Read(context.Background())
	must(w.t, err)
	for bot := range view.Bots {
		if owner, _, _, owned := view.Owner(bot); owned && owner == node {
			bots = append(bots, bot)
		}
	}
	return bots
}

// has says whether a node is a member with that many bots.
func (w *clusterWorld) has(node string, bots int) bool {
	n, is := w.shares()[node]
	return is && n == bots
}

// act sends an action for a bot through a node, and says what became of it.
func (n *nodeProcess) act(ctx context.Context, bot string) string {
	url := n.url.Load()
	if url == nil {
		return ""
	}
	ctx, cancel := context.WithTimeout(ctx, actionTime)
	defer cancel()
	request, _ := http.NewRequestWithContext(ctx, http.MethodPost, *url+"/v1/bots/"+bot+"/actions",
		bytes.NewReader([]byte(`{"op":"send","chat_id":"c1","content":"hello"}`)))
	request.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(request)
	switch {
	case ctx.Err() != nil:
		return "no answer in time"
	case err != nil:
		return "the node is gone"
	}
	defer func() { _ = answer.Body.Close() }()
	body, _ := io.ReadAll(answer.Body)
	if answer.StatusCode == http.StatusOK {
		return "done"
	}
	var problem struct{ Type string }
	if json.Unmarshal(body, &problem) != nil || problem.Type == "" {
		return fmt.Sprintf("status %d without a type: %.80s", answer.StatusCode, body)
	}
	return problem.Type
}

// actionTime is longer than the node's own bound on what it passes on.
const actionTime = 90 * time.Second

// cutWire passes TCP connections on until it is cut.
type cutWire struct {
	listener net.Listener
	to       string
	mu       sync.Mutex
	cut      bool
	conns    map[net.Conn]bool
}

func newCutWire(t *testing.T, to string) *cutWire {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	c := &cutWire{listener: listener, to: to, conns: make(map[net.Conn]bool)}
	t.Cleanup(func() {
		_ = listener.Close()
		c.set(true)
	})
	go func() {
		for {
			near, err := listener.Accept()
			if err != nil {
				return
			}
			go c.pass(near)
		}
	}()
	return c
}

func (c *cutWire) addr() string { return c.listener.Addr().String() }

// set cuts the wire, or joins it again. What is under way then just stops, as when a network is cut: nobody is told.
func (c *cutWire) set(cut bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.cut = cut
	if !cut {
		for conn := range c.conns {
			_ = conn.Close()
		}
		clear(c.conns)
	}
}

func (c *cutWire) isCut() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.cut
}

func (c *cutWire) pass(near net.Conn) {
	far, err := net.Dial("tcp", c.to)
	if err != nil {
		_ = near.Close()
		return
	}
	c.mu.Lock()
	c.conns[near], c.conns[far] = true, true
	c.mu.Unlock()
	copyUntilCut := func(to, from net.Conn) {
		buffer := make([]byte, 32<<10)
		for {
			n, err := from.Read(buffer)
			if c.isCut() {
				return // neither passed on nor closed
			}
			if err != nil {
				_ = to.Close()
				return
			}
			if _, err := to.Write(buffer[:n]); err != nil {
				_ = from.Close()
				return
			}
		}
	}
	go copyUntilCut(near, far)
	copyUntilCut(far, near)
}
