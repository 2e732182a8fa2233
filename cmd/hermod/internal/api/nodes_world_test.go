package api_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	json "github.com/goccy/go-json"

	"hermod/cmd/hermod/internal/access"
	"hermod/cmd/hermod/internal/api"
	"hermod/cmd/hermod/internal/config"
	"hermod/cmd/hermod/internal/fleet"
	"hermod/cmd/hermod/internal/store"
)

// nodes are daemons that are nodes of one cluster, in one process, without a network.
type nodes struct {
	t      *testing.T
	where  atomic.Pointer[api.Map]
	mu     sync.Mutex
	all    map[string]*node
	asked  []string
	orders []string                                                    // that the cluster's store got
	silent map[string]func(ctx context.Context) (io.ReadCloser, error) // answers in a node's place
}

// node is one of them, as its API sees it.
type node struct {
	*nodes
	name   string
	fleet  *fleet.Fleet
	served http.Handler
	epochs map[string]int64
}

// places are the bots of a test: by name, the node and "-" for none, "off" for one that is disabled.
type places map[string]string

// newNodes starts a daemon for each node. Their bots are off by configuration, which needs no connector.
func newNodes(t *testing.T, at places, names ...string) *nodes {
	t.Helper()
	w := &nodes{t: t, all: make(map[string]*node), silent: make(map[string]func(context.Context) (io.ReadCloser, error))}
	for _, name := range names {
		f, err := fleet.New(fleet.Options{})
		must(t, err)
		t.Cleanup(func() { _ = f.Close(context.Background()) })
		kept, err := store.Open("", slog.New(slog.DiscardHandler))
		must(t, err)
		t.Cleanup(func() { must(t, kept.Close()) })
		n := &node{nodes: w, name: name, fleet: f, epochs: make(map[string]int64)}
		mux, control := http.NewServeMux(), access.New(slog.New(slog.DiscardHandler))
		api.Mount(mux, api.Options{Fleet: f, Store: kept, Access: control, Logger: slog.New(slog.DiscardHandler), Cluster: n,
			Daemon: func() api.Daemon {
				counts := make(map[string]int)
				for _, b := range f.Statuses() {
					counts[b.Last.PlatformState]++
				}
				return api.Daemon{Version: name, Bots: counts}
			}})
		n.served = mux
		w.all[name] = n
	}
	w.place(1, at)
	for _, n := range w.all {
		n.run(at)
	}
	synctest.Wait()
	return w
}

// place has the nodes agree on where the bots are, by claims of this epoch.
func (w *nodes) place(epoch int64, at places) {
	m := &api.Map{Names: slices.Sorted(maps.Keys(at)), Places: make(map[string]api.Place)}
	for bot, node := range at {
		switch node {
		case "-":
			m.Places[bot] = api.Place{}
		case "off":
			m.Places[bot] = api.Place{Disabled: true}
		default:
			m.Places[bot] = api.Place{Node: node, Epoch: epoch}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(w.all)) {
		m.Members = append(m.Members, api.Member{Name: name, Address: name + ":7070", Version: "1", Lacks: 2, Drains: name == "c"})
	}
	w.where.Store(m)
}

// run has a node run the bots that are placed there.
func (n *node) run(at places) {
	n.t.Helper()
	cfg := new(config.Config)
	n.mu.Lock()
	for bot, node := range at {
		if node == n.name {
			cfg.Bots = append(cfg.Bots, &config.Bot{Name: bot, URL: "ws://127.0.0.1:9",
				Identities: []config.Identity{{Platform: "telegram", BotID: bot}}})
			n.epochs[bot] = n.where.Load().Places[bot].Epoch
		}
	}
	n.mu.Unlock()
	_, err := n.fleet.Apply(cfg)
	must(n.t, err)
}

// instead has something else answer for a node; nil has it answer again.
func (w *nodes) instead(node string, answer func(ctx context.Context) (io.ReadCloser, error)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.silent[node] = answer
}

// hang is a node that does not begin to answer.
func hang(ctx context.Context) (io.ReadCloser, error) {
	select {
	case <-ctx.Done():
	case <-time.After(2 * time.Second):
	}
	return nil, errors.New("no answer")
}

func (n *node) Self() string  { return n.name }
func (n *node) Map() *api.Map { return n.where.Load() }

func (n *node) Epoch(bot string) int64 {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.epochs[bot]
}

func (n *node) Describe(string) ([]config.Identity, string) {
	return []config.Identity{{Platform: "described", BotID: "1"}}, "stream"
}

func (n *node) SetDisabled(ctx context.Context, bot string, off bool) error {
	switch bot {
	case "refused":
		return errors.New("the store is away")
	case "hangs":
		<-ctx.Done()
		return ctx.Err()
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.orders = append(n.orders, fmt.Sprintf("%s off: %t", bot, off))
	return nil
}

// Ask has another node answer, through a pipe.
func (n *node) Ask(ctx context.Context, name, path string, client *access.Caller) (io.ReadCloser, error) {
	n.mu.Lock()
	n.asked = append(n.asked, name+" "+path)
	answer := n.silent[name]
	n.mu.Unlock()
	if answer != nil {
		return answer(ctx)
	}
	ctx, cancel := context.WithCancel(ctx)
	from, to := io.Pipe()
	w := &piped{to: to, header: make(http.Header), status: make(chan int, 1)}
	request := httptest.NewRequestWithContext(ctx, http.MethodGet, path, nil)
	go func() {
		n.all[name].served.ServeHTTP(w, access.AsPeerReader(request, client.By(), client.Bots()))
		w.WriteHeader(http.StatusOK)
		_ = to.Close()
	}()
	if status := <-w.status; status != http.StatusOK {
		cancel()
		_ = from.Close()
		return nil, errors.New(http.StatusText(status))
	}
	return closing{from, cancel}, nil
}

type closing struct {
	*io.PipeReader
	cancel func()
}

func (c closing) Close() error {
	c.cancel()
	return c.PipeReader.Close()
}

// piped is an answer that goes through a pipe.
type piped struct {
	to     *io.PipeWriter
	header http.Header
	begun  bool
	status chan int
}

func (p *piped) Header() http.Header { return p.header }
func (p *piped) FlushError() error   { return nil }
func (p *piped) WriteHeader(status int) {
	if !p.begun {
		p.begun = true
		p.status <- status
	}
}
func (p *piped) Write(b []byte) (int, error) {
	p.WriteHeader(http.StatusOK)
	return p.to.Write(b)
}

// client is somebody with a token at one node; bots are the patterns that it is limited to.
func (w *nodes) client(node string, bots ...string) http.Handler {
	control := access.New(slog.New(slog.DiscardHandler))
	register := access.NewRegister(false)
	register.Replace([]access.Token{{Name: "mine", Secret: "mine", Bots: bots, Roles: []access.Role{access.Steer, access.Act}}})
	return control.Admit(register, access.Proxies{}, func(*http.Request) bool { return false }, w.all[node].served)
}

// ask asks a node, and decodes its answer.
func ask[T any](t *testing.T, served http.Handler, method, path string) (status int, value T) {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, path, nil)
	r.Header.Set("Authorization", "Bearer mine")
	answer := httptest.NewRecorder()
	served.ServeHTTP(answer, r)
	must(t, json.Unmarshal(answer.Body.Bytes(), &value))
	return answer.Code, value
}

// page is an answer of GET /v1/bots.
type page struct {
	Bots []api.Bot
	Next string
}

// shownBots is what a page says, in short: name, node and state.
func shownBots(bots []api.Bot) string {
	var all []string
	for _, b := range bots {
		all = append(all, b.Name+"@"+b.Node+" "+string(b.State)+"/"+b.PlatformState)
	}
	return strings.Join(all, ", ")
}

// told reads the events of a stream that has ended, in short.
func told(text []byte) (all []string) {
	for event := range bytes.SplitSeq(text, []byte("\n\n")) {
		kind, data, _ := strings.Cut(string(event), "\ndata: ")
		var b api.Bot
		switch kind = strings.TrimPrefix(kind, "event: "); kind {
		case "status", "removed":
			if json.Unmarshal([]byte(data), &b) == nil {
				all = append(all, strings.TrimSuffix(kind+" "+shownBots([]api.Bot{b}), "@ /"))
			}
		case "synced":
			all = append(all, kind)
		case "figures":
			all = append(all, kind+" "+data)
		}
	}
	return all
}

// nobody is a client without limits.
func nobody(t *testing.T) *access.Caller {
	t.Helper()
	return access.CallerOf(httptest.NewRequest(http.MethodGet, "/", nil))
}
