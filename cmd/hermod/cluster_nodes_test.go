//go:build cluster

package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	json "github.com/goccy/go-json"

	"hermod/cluster/etcdtest"
	"hermod/cluster/registry"
)

// leaseOfTests is short, so that failovers are; HERMOD_CLUSTER_LEASE says otherwise, for machines with other work.
func leaseOfTests() time.Duration {
	if lease, err := time.ParseDuration(os.Getenv("HERMOD_CLUSTER_LEASE")); err == nil {
		return lease
	}
	return 5 * time.Second
}

// clusterWorld is an etcd, a connector, and nodes that are processes.
type clusterWorld struct {
	t        *testing.T
	folder   string
	members  int // of etcd
	lease    time.Duration
	budget   time.Duration // of draining
	returns  bool          // nodes that end in order are awaited
	etcd     *etcdtest.Etcd
	platform *platformSide
	store    *registry.Store
	bots     []string
	homeless int // further bots, which no node can run
	nodes    []*nodeProcess
	random   *rand.Rand
	ledger   ledger
	margins  []time.Duration // between the end of a cut node's sessions and the first of another node
}

// nodesOfTests are the nodes' names.
var nodesOfTests = []string{"n0", "n1", "n2"}

// nodeProcess is a node that may be killed and started again. It reaches each etcd through a link of its own, and the
// other nodes reach it through another one.
type nodeProcess struct {
	world  *clusterWorld
	name   string
	etcd   []*link
	peers  *link
	schema string // of its messages, when it is not the program's
	cmd    *exec.Cmd
	log    *os.File
	url    atomic.Pointer[string] // of its API; nil while it does not run
}

// seedOfTests picks what is random; HERMOD_SEED says which.
func seedOfTests() uint64 {
	seed, _ := strconv.ParseUint(os.Getenv("HERMOD_SEED"), 10, 64)
	return seed
}

func newClusterWorld(t *testing.T, nodes, bots int, adjust ...func(*clusterWorld)) *clusterWorld {
	t.Helper()
	w := &clusterWorld{t: t, members: 1, lease: leaseOfTests(), budget: 5 * time.Second, folder: t.TempDir(),
		platform: newPlatformSide(t),
		random:   rand.New(rand.NewPCG(seedOfTests(), 0)),
		ledger:   ledger{costs: make(map[string]*costs), times: make(map[string]int)}}
	for _, change := range adjust {
		change(w)
	}
	w.etcd = etcdtest.StartMembers(t, w.members)
	w.open()
	t.Cleanup(func() { _ = w.store.Close() })
	must(t, os.WriteFile(filepath.Join(w.folder, "etcd.password"), []byte(etcdtest.Password+"\n"), 0o600))
	var file strings.Builder
	fmt.Fprintf(&file, `defaults:
  url: %s
  gateway_id: gw
  secret: {env: NODE}
  timing: {backoff: 100ms, max_backoff: 1s, dial_timeout: 2s, ping_interval: 2s, pong_timeout: 4s}
  deliver: {webhook: {url: '%s', secret: {env: W}}}
bots:
`, w.platform.url(), w.platform.webhooks.URL)
	for i := range bots {
		bot := fmt.Sprintf("bot-%03d", i)
		w.bots = append(w.bots, bot)
		fmt.Fprintf(&file, "- {name: %s, identities: [{platform: discord, bot_id: %s}]}\n", bot, bot)
	}
	must(t, os.WriteFile(filepath.Join(w.folder, "bots.yaml"), []byte(file.String()), 0o600))
	for _, name := range nodesOfTests[:nodes] {
		w.nodes = append(w.nodes, w.newNode(name))
	}
	if bots > 0 {
		w.command("cluster", "apply", filepath.Join(w.folder, "bots.yaml"))
	}
	return w
}

// open connects to etcd anew: a client may lose its token for good to a member that has just started.
func (w *clusterWorld) open() {
	if w.store != nil {
		_ = w.store.Close()
	}
	var err error
	w.store, err = registry.Open(registry.Config{Endpoints: w.etcd.Endpoints, User: "hermod",
		Password: etcdtest.Password, TLS: &w.etcd.Client, Cluster: "test"})
	must(w.t, err)
}

func (w *clusterWorld) newNode(name string) *nodeProcess {
	listen := quietAddress(w.t)
	n := &nodeProcess{world: w, name: name, peers: newLink(w.t, listen)}
	var endpoints []string
	for _, endpoint := range w.etcd.Endpoints {
		n.etcd = append(n.etcd, newLink(w.t, endpoint))
		endpoints = append(endpoints, n.etcd[len(n.etcd)-1].addr())
	}
	folder := filepath.Join(w.folder, name)
	must(w.t, os.Mkdir(folder, 0o700))
	files, client := w.etcd.Authority.Issue(name), w.etcd.Client
	must(w.t, os.WriteFile(filepath.Join(folder, "cluster.yaml"), fmt.Appendf(nil, `cluster: test
node: %s
listen: %s
advertise: %s
lease: %v
move_pause: 10ms
return: %v
etcd:
  endpoints: [%s]
  user: hermod
  password: {file: ../etcd.password}
  tls: {ca: %s, cert: %s, key: %s}
tls: {ca: %s, cert: %s, key: %s}
`, name, listen, n.peers.addr(), w.lease, w.returns, strings.Join(endpoints, ", "), client.CA, client.Cert, client.Key,
		files.CA, files.Cert, files.Key), 0o600))
	must(w.t, os.WriteFile(filepath.Join(folder, "hermod.yaml"),
		fmt.Appendf(nil, "http: {listen: '127.0.0.1:0'}\nstate: state\nshutdown: {budget: %v}\nbots: []\n", w.budget), 0o600))
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
	n.cmd.Env = append(clearedEnvironment(), asHermod+"=1", "W="+signingSecret, "NODE="+string(secretOf(n.name)),
		"HERMOD_TEST_SCHEMA="+n.schema)
	n.cmd.Stderr = n.log
	stdout, err := n.cmd.StdoutPipe()
	must(t, err)
	must(t, n.cmd.Start())
	var first struct{ Listening string }
	must(t, json.NewDecoder(stdout).Decode(&first))
	url := "http://" + first.Listening
	n.url.Store(&url)
}

// quietAddress is one that no outgoing connection takes while the node that listens there is away.
func quietAddress(t *testing.T) string {
	t.Helper()
	for range 100 {
		listener, err := net.Listen("tcp", fmt.Sprint("127.0.0.1:", 20_000+rand.IntN(12_000)))
		if err == nil {
			defer func() { _ = listener.Close() }()
			return fmt.Sprint(listener.Addr())
		}
	}
	t.Fatal("no address is free")
	return ""
}

// cutFromEtcd cuts the node from etcd, or joins it again.
func (n *nodeProcess) cutFromEtcd(cut bool) {
	for _, l := range n.etcd {
		l.set(cut)
	}
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

// await waits until every bot has a session.
func (w *clusterWorld) await(what string) {
	w.t.Helper()
	w.until(what+": every bot has a session", func() bool { return w.platform.live() == len(w.bots) })
}

func (w *clusterWorld) until(what string, is func() bool) {
	w.t.Helper()
	deadline := time.After(patience + 6*w.lease)
	for !is() {
		select {
		case <-deadline:
			w.t.Fatalf("never: %s; %d of %d bots have a session, and these had two: %v", what, w.platform.live(), len(w.bots),
				w.platform.twice())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// shares says how many bots each member has, and how many nobody has.
func (w *clusterWorld) shares() (shares map[string]int, homeless int) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	view, err := w.store.Read(ctx)
	if err != nil {
		w.open()
		return nil, len(w.bots)
	}
	shares = make(map[string]int)
	for node := range view.Members {
		shares[node] = 0
	}
	for bot := range view.Bots {
		if node, _, _, owned := view.Owner(bot); owned {
			shares[node]++
		} else {
			homeless++
		}
	}
	return shares, homeless
}

// calm is for how many looks in a row nothing may have changed for the cluster to be at rest.
const calm = 15

// balanced waits until every node is a member with its share, and nothing moves any more.
func (w *clusterWorld) balanced() {
	w.t.Helper()
	share, before, same := len(w.bots)/len(w.nodes), map[string]int(nil), 0
	w.until("equal shares", func() bool {
		shares, homeless := w.shares()
		same++
		if !maps.Equal(shares, before) {
			before, same = shares, 0
		}
		for _, n := range w.nodes {
			if has, is := shares[n.name]; !is || has < share-share/10 || has > share+share/10 {
				return false
			}
		}
		return homeless == w.homeless && same >= calm
	})
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
	shares, _ := w.shares()
	n, is := shares[node]
	return is && n == bots
}

// Outcomes of actions that have no type of their own.
const (
	done     = "done"
	noAnswer = "no answer in time"
)

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
		return noAnswer
	case err != nil:
		return "the node is gone"
	}
	defer func() { _ = answer.Body.Close() }()
	body, _ := io.ReadAll(answer.Body)
	if answer.StatusCode == http.StatusOK {
		return done
	}
	var problem struct{ Type string }
	if json.Unmarshal(body, &problem) != nil || problem.Type == "" {
		return fmt.Sprintf("status %d without a type: %.80s", answer.StatusCode, body)
	}
	return problem.Type
}

// actionTime is longer than the node's own bound on what it passes on.
const actionTime = 90 * time.Second
