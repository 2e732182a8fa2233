package cluster_test

import (
	"context"
	"log/slog"
	"os"
	"os/signal"

	"hermod/actors"
	"hermod/cluster"
	"hermod/cluster/mutual"
	"hermod/cluster/registry"
	"hermod/wire"
)

// gateway runs a relay for each bot that this node owns.
type gateway struct {
	engine *actors.Engine
	node   *cluster.Node
}

// Lacks implements cluster.Host: every node has every secret here.
func (g *gateway) Lacks(map[string]cluster.Desired) []string { return nil }

// Start implements cluster.Host.
func (g *gateway) Start(grant cluster.Grant) cluster.Running {
	b := &running{done: make(chan struct{})}
	var err error
	b.relay, err = g.engine.Spawn(grant.Bot, actors.Config{
		URL:        "wss://connector.example",
		Identities: []wire.Identity{{Platform: "telegram", BotID: grant.Bot}},
		Dial:       g.node.Dial, // so that its connection ends before the lease can
		Handlers: actors.Handlers{Inbound: func(ctx context.Context, d *actors.Inbound) error {
			if !g.node.MayAct() {
				<-ctx.Done()
				return ctx.Err()
			}
			_, err := d.Relay.Send(ctx, wire.NewSend(d.Event.Source.ChatID, "You said: "+d.Event.Text))
			return err
		}},
	})
	if err != nil {
		slog.Error("the bot cannot run", "bot", grant.Bot, "err", err)
		close(b.done)
	}
	return b
}

// running is one bot.
type running struct {
	relay *actors.Relay
	done  chan struct{}
}

// Change implements cluster.Running: these bots have no settings.
func (b *running) Change(cluster.Desired) {}

// Stop implements cluster.Running.
func (b *running) Stop() { go b.end(context.Background()) }

// Cut implements cluster.Running.
func (b *running) Cut() {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	go b.end(ctx)
}

func (b *running) end(ctx context.Context) {
	if b.relay != nil {
		_ = b.relay.Close(ctx)
	}
}

// Done implements cluster.Running.
func (b *running) Done() <-chan struct{} {
	if b.relay == nil {
		return b.done
	}
	return b.relay.Done()
}

// Serve implements cluster.Running: other nodes may send through this bot.
func (b *running) Serve(ctx context.Context, r cluster.Request) (cluster.Reply, error) {
	_, err := b.relay.Send(ctx, wire.NewSend(r.Meta["chat"], string(r.Body)))
	return cluster.Reply{}, err
}

// A gateway that is a node of a cluster. It runs until it is interrupted, then gives its bots to the others.
func Example() {
	engine, err := actors.New(actors.EngineConfig{})
	if err != nil {
		panic(err)
	}
	defer func() { _ = engine.Close(context.Background()) }()
	g := &gateway{engine: engine}
	files := mutual.Files{CA: "ca.pem", Cert: "gw-1.pem", Key: "gw-1.key"}
	g.node, err = cluster.New(cluster.Config{Name: "gw-1", Listen: "10.0.0.1:7070", TLS: &files, Host: g,
		Etcd: registry.Config{Endpoints: []string{"etcd-1:2379"}, TLS: &files, Cluster: "prod"}})
	if err != nil {
		slog.Error("no node", "err", err)
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := g.node.Run(ctx); err != nil {
		slog.Error("the node has ended", "err", err)
	}
}
