//go:build cluster

package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"hermod/actors"
	"hermod/cmd/hermod/internal/api"
	"hermod/wire"
)

// gatewaySide is gateways that stand behind a cluster: one for each bot, all of which dial one node.
type gatewaySide struct {
	w      *clusterWorld
	dials  string
	engine *actors.Engine
	starts []string                 // the bots whose gateways start
	relays map[string]*actors.Relay // by bot

	mu        sync.Mutex
	outcomes  map[string]int // of requests
	succeeded int
	ambiguous int
}

// gatewaysSecret signs the dials of all gateways.
const gatewaysSecret = "between the gateways and the nodes"

// newGatewayWorld is a cluster whose bots have gateways behind it. They dial its first node.
func newGatewayWorld(t *testing.T, nodes, bots int, adjust ...func(*clusterWorld)) (*clusterWorld, *gatewaySide) {
	t.Helper()
	w := newClusterWorld(t, nodes, 0, adjust...)
	g := &gatewaySide{w: w, relays: make(map[string]*actors.Relay), outcomes: make(map[string]int)}
	for i, n := range w.nodes {
		address := quietAddress(t)
		if i == 0 {
			g.dials = address
		}
		n.write("hermod.yaml", fmt.Sprintf("gateways: {listen: '%s', durable: false}\n", address))
	}
	var file strings.Builder
	fmt.Fprintf(&file, "gateways: {durable: false}\ndefaults:\n  url: %s\n  gateway_id: gw\n  secret: {env: NODE}\n"+
		"  timing: {backoff: 100ms, max_backoff: 1s, dial_timeout: 2s, ping_interval: 2s, pong_timeout: 4s}\nbots:\n", w.platform.url())
	for i := range bots {
		bot := fmt.Sprintf("bot-%03d", i)
		w.bots = append(w.bots, bot)
		fmt.Fprintf(&file, "- {name: %s, identities: [{platform: discord, bot_id: %[1]s}], "+
			"deliver: {relay: {gateway_id: behind-%[1]s, secret: {file: ../gateways.secret}}}}\n", bot)
	}
	must(t, os.WriteFile(filepath.Join(w.folder, "gateways.secret"), []byte(gatewaysSecret), 0o600))
	path := filepath.Join(w.folder, "gateways.yaml")
	must(t, os.WriteFile(path, []byte(file.String()), 0o600))
	w.command("cluster", "apply", path)
	g.starts = w.bots
	return w, g
}

// start has the gateways dial.
func (g *gatewaySide) start() {
	t := g.w.t
	var err error
	g.engine, err = actors.New(actors.EngineConfig{})
	must(t, err)
	t.Cleanup(func() { _ = g.engine.Close(context.Background()) })
	for _, bot := range g.starts {
		g.relays[bot], err = g.engine.Spawn("behind-"+bot, actors.Config{URL: "ws://" + g.dials, GatewayID: "behind-" + bot,
			Secret: gatewaysSecret, Identities: []wire.Identity{{Platform: "discord", BotID: bot}},
			Backoff: 100 * time.Millisecond, MaxBackoff: time.Second,
			Handlers: actors.Handlers{Inbound: func(_ context.Context, d *actors.Inbound) error {
				g.w.platform.takeOne(d.Event.Text)
				return nil
			}}})
		must(t, err)
	}
}

// takeOne notes that a delivery came to its handler.
func (p *platformSide) takeOne(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.seen[text]++
	if p.acked[text] {
		p.again++
	}
}

// await waits until every bot and every gateway is connected.
func (g *gatewaySide) await(what string) {
	g.w.t.Helper()
	g.w.await(what)
	g.w.until(what+": every gateway is connected", func() bool {
		for bot, r := range g.relays {
			switch s := r.Status(); {
			case s.State == actors.Disabled:
				g.w.t.Fatalf("%s: the gateway of %s gave up: %+v", what, bot, s)
			case s.State != actors.Ready:
				return false
			}
		}
		return true
	})
}

// traffic has deliveries for every bot, and requests of every gateway, until it is ended.
func (g *gatewaySide) traffic() (end func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var busy sync.WaitGroup
	for _, bot := range g.w.bots {
		busy.Go(func() {
			every(ctx, 100*time.Millisecond, func() {
				g.w.platform.deliver(bot)
				result, err := g.relays[bot].Send(context.Background(), wire.NewSend("c1", "hello"))
				g.note(result, err)
			})
		})
	}
	return func() {
		cancel()
		busy.Wait()
	}
}

func (g *gatewaySide) note(result wire.Result, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	outcome := result.Error
	switch {
	case result.Success:
		g.succeeded++
		outcome = "success"
	case result.Ambiguous:
		g.ambiguous++
		outcome += " (ambiguous)"
	case err != nil && outcome == "":
		outcome = err.Error()
	}
	g.outcomes[outcome]++
}

// judge wants every delivery with its gateway, and no request that was answered wrongly.
func (g *gatewaySide) judge() {
	t, p := g.w.t, g.w.platform
	t.Helper()
	g.w.until("every delivery is acknowledged", func() bool { return p.unacknowledged() == 0 })
	late := p.outdated()
	p.mu.Lock()
	defer p.mu.Unlock()
	lost := p.unseen()
	g.mu.Lock()
	defer g.mu.Unlock()
	t.Logf("%d deliveries, %d lost, %d came again after they were acknowledged; bots with two sessions: %d", p.sent, lost, p.again,
		len(p.doubles))
	t.Logf("%d actions came to the connector; the gateways' requests by outcome: %v", p.acted, g.outcomes)
	if lost > 0 || p.again > 0 || len(p.doubles) > 0 || len(late) > 0 {
		t.Errorf("two live sessions: %v; of an epoch that was over: %v", p.doubles, late)
	}
	if p.acted < g.succeeded || p.acted > g.succeeded+g.ambiguous {
		t.Errorf("%d actions came, %d requests succeeded and %d are ambiguous", p.acted, g.succeeded, g.ambiguous)
	}
}

// TestAClustersGatewaysDialOneNodeAndLoseNothing has nodes killed, stopped, drained and restarted, the one that is
// dialed too.
func TestAClustersGatewaysDialOneNodeAndLoseNothing(t *testing.T) {
	t.Parallel()
	w, g := newGatewayWorld(t, 3, 9)
	var all sync.WaitGroup
	for _, n := range w.nodes {
		all.Go(n.start)
	}
	all.Wait()
	g.start()
	w.balanced()
	g.await("start")
	end := g.traffic()
	g.shown()
	for _, step := range []struct {
		what string
		do   func(*nodeProcess)
		n    *nodeProcess
	}{
		{"kill -9 of a node", g.killNode, w.nodes[1]},
		{"SIGSTOP of a node for longer than its lease", w.stopAndGo, w.nodes[2]},
		{"drain of a node", w.drainAndUndrain, w.nodes[1]},
		{"restart of the node that is dialed", g.restartNode, w.nodes[0]},
		{"kill -9 of the node that is dialed", g.killNode, w.nodes[0]},
	} {
		since := time.Now()
		step.do(step.n)
		g.await(step.what)
		t.Logf("%s: every bot and gateway is connected again after %.1f s", step.what, time.Since(since).Seconds())
		w.until("it is a member again", func() bool { return w.isMember(step.n.name) })
	}
	end()
	g.await("end")
	g.judge()
}

// killNode kills a node, and starts it again once the others have its bots.
func (g *gatewaySide) killNode(n *nodeProcess) {
	had, since := g.w.botsOf(n.name), time.Now()
	n.kill()
	g.w.until("others have its bots", func() bool { return g.w.platform.renewed(had, since) })
	n.start()
}

func (g *gatewaySide) restartNode(n *nodeProcess) {
	n.end()
	n.start()
}

// stopAndGo has a node freeze until others have its bots.
func (w *clusterWorld) stopAndGo(n *nodeProcess) {
	had, since := w.botsOf(n.name), time.Now()
	n.signal(syscall.SIGSTOP)
	w.until("newer sessions have replaced what it had", func() bool { return w.platform.renewed(had, since) })
	n.signal(syscall.SIGCONT)
}

func (w *clusterWorld) drainAndUndrain(n *nodeProcess) {
	w.command("cluster", "drain", n.name)
	w.until("it has given up everything", func() bool { return w.has(n.name, 0) })
	w.command("cluster", "undrain", n.name)
}

func (w *clusterWorld) isMember(node string) bool {
	shares, _ := w.shares()
	_, is := shares[node]
	return is
}

// shown wants every node to show of every bot that its gateway is there.
func (g *gatewaySide) shown() {
	for _, n := range g.w.nodes {
		for _, bot := range g.w.bots {
			g.w.until(n.name+" shows the gateway of "+bot, func() bool {
				var b api.Bot
				n.get("/v1/bots/"+bot, &b)
				return b.Delivery.Gateway != nil && b.Delivery.Gateway.Connected
			})
		}
	}
}

// TestAClusterRefusesGatewaysThatItDoesNotKnowAndHasOthersComeBack asks a node whose bot no node runs.
func TestAClusterRefusesGatewaysThatItDoesNotKnowAndHasOthersComeBack(t *testing.T) {
	t.Parallel()
	w, g := newGatewayWorld(t, 2, 2)
	w.nodes[0].start()
	w.nodes[1].start()
	w.await("start")
	off := w.bots[0]
	answer, err := http.Post(*w.nodes[1].url.Load()+"/v1/bots/"+off+"/disable", "", nil)
	must(t, err)
	_ = answer.Body.Close()
	w.until("nobody runs "+off, func() bool { return w.platform.live() == 1 })
	for id, want := range map[string]string{"behind-" + off: "503 Service Unavailable", "behind-nobody": "4401"} {
		if got := g.dialed(id, gatewaysSecret); got != want {
			t.Errorf("%s is told %s", id, got)
		}
	}
	if got := g.dialed("behind-"+w.bots[1], "another secret"); got != "4401" {
		t.Errorf("a wrong secret is told %s", got)
	}
}

// dialed is what a gateway is told at the node that all dial.
func (g *gatewaySide) dialed(id string, secret wire.Secret) string {
	t := g.w.t
	t.Helper()
	engine, err := actors.New(actors.EngineConfig{})
	must(t, err)
	defer func() { _ = engine.Close(context.Background()) }()
	r, err := engine.Spawn("stranger", actors.Config{URL: "ws://" + g.dials, GatewayID: id, Secret: secret,
		Identities: []wire.Identity{{Platform: "discord", BotID: "x"}}, Backoff: time.Hour, MaxBackoff: time.Hour,
		Handlers: actors.Handlers{Inbound: func(context.Context, *actors.Inbound) error { return nil }}})
	must(t, err)
	var s actors.Status
	g.w.until(id+" is refused", func() bool {
		s = r.Status()
		return s.LastError != ""
	})
	for _, word := range []string{"503 Service Unavailable", "4401"} {
		if strings.Contains(s.LastError, word) {
			return word
		}
	}
	return s.LastError
}
