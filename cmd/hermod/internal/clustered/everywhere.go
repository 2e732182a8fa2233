package clustered

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"

	json "github.com/goccy/go-json"

	"hermod/cluster"
	"hermod/cluster/registry"
	"hermod/cmd/hermod/internal/access"
	"hermod/cmd/hermod/internal/api"
	"hermod/cmd/hermod/internal/config"
	"hermod/cmd/hermod/internal/problem"
)

// maxProblem bounds the problem that another node answers with, in bytes.
const maxProblem = 64 << 10

// Everywhere shows what the whole cluster runs. It implements api.Cluster.
type Everywhere struct {
	Node *cluster.Node
	Host *Host
	// Cluster names it.
	Cluster string
	made    atomic.Pointer[made]
}

// made is the map of a view.
type made struct {
	of  *registry.View
	all *api.Map
}

// Self implements api.Cluster.
func (e *Everywhere) Self() string { return e.Node.Status().Node }

// Epoch implements api.Cluster.
func (e *Everywhere) Epoch(bot string) int64 { return e.Host.epoch(bot) }

// Map implements api.Cluster. It is made when somebody asks for it after a change.
func (e *Everywhere) Map() *api.Map {
	view := e.Node.View()
	if view == nil {
		return nil
	}
	if known := e.made.Load(); known != nil && known.of == view {
		return known.all
	}
	all := mapOf(view)
	e.made.Store(&made{view, all})
	return all
}

func mapOf(v *registry.View) *api.Map {
	m := &api.Map{Names: slices.Sorted(maps.Keys(v.Bots)), Places: make(map[string]api.Place, len(v.Bots))}
	for name := range v.Bots {
		p := api.Place{Disabled: v.Disabled[name]}
		if node, _, epoch, owned := v.Owner(name); owned {
			p.Node, p.Epoch = node, epoch
		}
		m.Places[name] = p
	}
	for _, name := range slices.Sorted(maps.Keys(v.Members)) {
		n := v.Members[name]
		m.Members = append(m.Members, api.Member{Name: name, Address: n.Address, Version: n.Version, Lacks: len(n.Lacks),
			Drains: v.Drain[name]})
	}
	return m
}

// Describe implements api.Cluster.
func (e *Everywhere) Describe(bot string) (identities []config.Identity, deliver string) {
	var wanted struct {
		Identities []config.Identity          `json:"identities"`
		Deliver    map[string]json.RawMessage `json:"deliver"`
	}
	if view := e.Node.View(); view != nil {
		_ = json.Unmarshal([]byte(view.Bots[bot].JSON), &wanted) // who cannot read it does not run it, and says so
	}
	for _, kind := range []string{config.KindWebhook, config.KindStream, config.KindProcess, config.KindRelay} {
		if _, is := wanted.Deliver[kind]; is {
			deliver = kind
		}
	}
	return append([]config.Identity{}, wanted.Identities...), deliver
}

// SetDisabled implements api.Cluster.
func (e *Everywhere) SetDisabled(ctx context.Context, bot string, off bool) error {
	return e.Node.SetDisabled(ctx, bot, off)
}

// Ask implements api.Cluster.
func (e *Everywhere) Ask(ctx context.Context, node, path string, client *access.Caller) (io.ReadCloser, error) {
	meta := map[string]string{":method": http.MethodGet, ":path": path, ":by": client.By()}
	if client.Limited() {
		patterns, err := json.Marshal(client.Bots())
		if err != nil {
			return nil, err
		}
		meta[":bots"] = string(patterns)
	}
	answer, err := e.Node.Ask(ctx, node, cluster.Request{Method: method, Meta: meta})
	if err != nil {
		return nil, err
	}
	if answer.Meta[":status"] == strconv.Itoa(http.StatusOK) {
		return answer, nil
	}
	defer func() { _ = answer.Close() }()
	return nil, problemOf(answer)
}

// problemOf is what a node answered in place of what it was asked for.
func problemOf(answer *cluster.Stream) error {
	text, err := io.ReadAll(io.LimitReader(answer, maxProblem))
	if err != nil {
		return fmt.Errorf("read a node's answer: %w", err)
	}
	p := new(problem.Problem)
	if !strings.HasPrefix(answer.Meta["Content-Type"], problem.ContentType) || json.Unmarshal(text, p) != nil {
		return fmt.Errorf("a node answers with status %s", answer.Meta[":status"])
	}
	return p
}
