//go:build cluster

package cluster_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"hermod/cluster"
	"hermod/cluster/etcdtest"
	"hermod/cluster/mutual"
	"hermod/cluster/registry"
)

// host runs bots that do nothing but answer. It says who runs what.
type host struct {
	name   string
	lacks  map[string]bool
	events chan string

	mu      sync.Mutex
	running map[string]int64
}

// bot is one of a host's.
type bot struct {
	host  *host
	grant cluster.Grant
	done  chan struct{}
	once  sync.Once
}

func (h *host) Lacks(map[string]cluster.Desired) (lacks []string) {
	for name := range h.lacks {
		lacks = append(lacks, name)
	}
	return lacks
}

func (h *host) Start(g cluster.Grant) cluster.Running {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.running[g.Bot] = g.Epoch
	h.events <- h.name + " starts " + g.Bot
	return &bot{host: h, grant: g, done: make(chan struct{})}
}

func (b *bot) end(how string) {
	b.once.Do(func() {
		b.host.mu.Lock()
		delete(b.host.running, b.grant.Bot)
		b.host.mu.Unlock()
		b.host.events <- b.host.name + " " + how + " " + b.grant.Bot
		close(b.done)
	})
}

func (b *bot) Change(d cluster.Desired) {
	b.host.events <- b.host.name + " changes " + b.grant.Bot + " to " + d.JSON
}
func (b *bot) Stop()                 { b.end("stops") }
func (b *bot) Cut()                  { b.end("cuts") }
func (b *bot) Done() <-chan struct{} { return b.done }

func (b *bot) Serve(ctx context.Context, r cluster.Request) (cluster.Reply, error) {
	switch r.Method {
	case "hang":
		<-ctx.Done()
		return cluster.Reply{}, ctx.Err()
	case "large":
		return cluster.Reply{Body: make([]byte, cluster.MaxBody)}, nil
	case "panic":
		panic("a bug")
	}
	return cluster.Reply{Body: []byte(b.host.name + " " + string(r.Body)), Meta: r.Meta}, nil
}

// member is a node of a test.
type member struct {
	*cluster.Node
	host  *host
	files mutual.Files
	end   context.CancelFunc
}

// world is a cluster of a test.
type world struct {
	t       *testing.T
	etcd    *etcdtest.Etcd
	store   *registry.Store
	ctx     context.Context
	events  chan string
	members map[string]*member
}

func newWorld(t *testing.T, bots int) *world {
	t.Helper()
	t.Parallel() // each has an etcd of its own
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	w := &world{t: t, etcd: etcdtest.Start(t), ctx: ctx, events: make(chan string, 10_000),
		members: make(map[string]*member)}
	store, err := registry.Open(w.settings())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	w.store = store
	var changes []registry.Change
	for i := range bots {
		changes = append(changes, registry.Change{Bot: fmt.Sprint("bot", i), JSON: "{}"})
	}
	if err := store.Apply(ctx, changes); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *world) settings() registry.Config {
	return registry.Config{Endpoints: []string{w.etcd.Endpoint}, User: "hermod", Password: etcdtest.Password,
		TLS: &w.etcd.Client, Cluster: "test"}
}

// join starts a node.
func (w *world) join(name string, lacks ...string) *member {
	w.t.Helper()
	return w.joinAs(name, func(*cluster.Config) {}, lacks...)
}

// joinAs starts a node that is adjusted before, and looks at its bots' traffic all the time.
func (w *world) joinAs(name string, adjust func(*cluster.Config), lacks ...string) *member {
	w.t.Helper()
	files := w.etcd.Authority.Issue(name)
	m := &member{files: files, host: &host{name: name, events: w.events, running: make(map[string]int64),
		lacks: make(map[string]bool)}}
	for _, bot := range lacks {
		m.host.lacks[bot] = true
	}
	var err error
	cfg := cluster.Config{Name: name, Etcd: w.settings(), Listen: "127.0.0.1:0", TLS: &files,
		Lease: 3 * time.Second, MovePause: time.Millisecond, Host: m.host}
	adjust(&cfg)
	if m.Node, err = cluster.New(cfg); err != nil {
		w.t.Fatal(err)
	}
	m.MeasureEvery(20 * time.Millisecond)
	ctx, end := context.WithCancel(context.Background())
	m.end = end
	go func() {
		if err := m.Run(ctx); err != nil {
			w.t.Error(err)
		}
	}()
	w.t.Cleanup(func() {
		end()
		m.Hurry()
		<-m.Left()
	})
	w.members[name] = m
	return m
}

// await waits until each member runs that many bots.
func (w *world) await(shares map[string]int) {
	w.t.Helper()
	for {
		if w.shared(shares) {
			return
		}
		select {
		case <-w.events:
		case <-time.After(20 * time.Millisecond):
		case <-w.ctx.Done():
			w.t.Fatalf("the bots are not shared as %v", shares)
		}
	}
}

func (w *world) shared(shares map[string]int) bool {
	for name, want := range shares {
		h := w.members[name].host
		h.mu.Lock()
		n := len(h.running)
		h.mu.Unlock()
		if n != want {
			return false
		}
	}
	return true
}

func TestNodesShareBotsAndAnyOfThemReachesEach(t *testing.T) {
	w := newWorld(t, 30)
	a, b := w.join("a"), w.join("b")
	w.await(map[string]int{"a": 15, "b": 15})
	answers := make(map[string]int)
	for i := range 30 {
		for _, m := range []*member{a, b} {
			reply, err := m.Call(w.ctx, fmt.Sprint("bot", i), cluster.Request{Method: "say", Body: []byte("hi"),
				Meta: map[string]string{"k": "v"}})
			if err != nil || reply.Meta["k"] != "v" {
				t.Fatalf("reply %v, error %v", reply, err)
			}
			answers[string(reply.Body)]++
		}
	}
	if answers["a hi"] != 30 || answers["b hi"] != 30 {
		t.Errorf("answers are %v", answers)
	}
	w.join("c")
	w.await(map[string]int{"a": 10, "b": 10, "c": 10})
	b.end()
	<-b.Left()
	w.await(map[string]int{"a": 15, "c": 15})
}

func TestCallsFailInWaysThatTellWhatMayHaveHappened(t *testing.T) {
	w := newWorld(t, 2)
	w.join("a")
	w.await(map[string]int{"a": 2})
	b := w.join("b")
	w.await(map[string]int{"a": 1, "b": 1})
	far := "bot0"
	if b.host.running["bot0"] != 0 {
		far = "bot1"
	}
	short, cancel := context.WithTimeout(w.ctx, 300*time.Millisecond)
	defer cancel()
	for name, c := range map[string]struct {
		ctx       context.Context
		bot       string
		request   cluster.Request
		want      error
		ambiguous bool
	}{
		"unknown bot":        {w.ctx, "nobody", cluster.Request{}, cluster.ErrNoBot, false},
		"too large request":  {w.ctx, far, cluster.Request{Body: make([]byte, cluster.MaxBody)}, cluster.ErrTooLarge, false},
		"too large answer":   {w.ctx, far, cluster.Request{Method: "large"}, cluster.ErrTooLarge, true},
		"an answer too late": {short, far, cluster.Request{Method: "hang"}, context.DeadlineExceeded, true},
		"a panic":            {w.ctx, far, cluster.Request{Method: "panic"}, nil, true},
	} {
		_, err := b.Call(c.ctx, c.bot, c.request)
		failed := new(cluster.CallError)
		if !errors.As(err, &failed) || failed.Ambiguous != c.ambiguous || c.want != nil && !errors.Is(err, c.want) {
			t.Errorf("%s: error is %v", name, err)
		}
	}
}

func TestABotThatChangesIsToldAndOneThatIsSwitchedOffEnds(t *testing.T) {
	w := newWorld(t, 2)
	w.join("a")
	w.await(map[string]int{"a": 2})
	v, err := w.store.Read(w.ctx)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.store.Apply(w.ctx, []registry.Change{{Bot: "bot0", JSON: `{"x":1}`, Was: v.Bots["bot0"].Revision}}); err != nil {
		t.Fatal(err)
	}
	w.hear(`a changes bot0 to {"x":1}`)
	if err := w.store.SetDisabled(w.ctx, "bot1", true); err != nil {
		t.Fatal(err)
	}
	w.hear("a stops bot1")
	if err := w.store.SetDisabled(w.ctx, "bot1", false); err != nil {
		t.Fatal(err)
	}
	w.hear("a starts bot1")
}

func (w *world) hear(what string) {
	w.t.Helper()
	for {
		select {
		case event := <-w.events:
			if event == what {
				return
			}
		case <-w.ctx.Done():
			w.t.Fatalf("never heard that %s", what)
		}
	}
}

func TestANodeWithoutABotsSecretIsNotGivenIt(t *testing.T) {
	w := newWorld(t, 3)
	w.join("a", "bot0", "bot1", "bot2")
	w.hearOfMember("a")
	w.join("b", "bot1")
	w.await(map[string]int{"a": 0, "b": 2})
}

func (w *world) hearOfMember(node string) {
	w.t.Helper()
	for {
		if v, err := w.store.Read(w.ctx); err == nil {
			if _, is := v.Members[node]; is {
				return
			}
		} else {
			w.t.Fatal(err)
		}
	}
}

func TestADrainedNodeGivesEverythingUp(t *testing.T) {
	w := newWorld(t, 20)
	w.join("a")
	w.join("b")
	w.await(map[string]int{"a": 10, "b": 10})
	if err := w.store.SetDrain(w.ctx, "a", true); err != nil {
		t.Fatal(err)
	}
	w.await(map[string]int{"a": 0, "b": 20})
}

func TestWithoutEtcdEverythingIsCutAndComesBackByItself(t *testing.T) {
	w := newWorld(t, 10)
	a, b := w.join("a"), w.join("b")
	w.await(map[string]int{"a": 5, "b": 5})
	w.etcd.Down()
	w.await(map[string]int{"a": 0, "b": 0})
	if a.Status().Cuts+b.Status().Cuts == 0 {
		t.Error("no node says that it was cut")
	}
	short, cancel := context.WithTimeout(w.ctx, 100*time.Millisecond)
	defer cancel()
	if _, err := a.Call(short, "bot0", cluster.Request{}); err == nil {
		t.Error("a bot answers though nobody runs it")
	}
	w.etcd.Up()
	w.await(map[string]int{"a": 5, "b": 5})
	if _, err := a.Call(w.ctx, "bot0", cluster.Request{}); err != nil {
		t.Error(err)
	}
}
