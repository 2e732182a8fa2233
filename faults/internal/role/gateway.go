package role

import (
	"bufio"
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"strings"

	"hermod/actors"
	"hermod/faults/internal/journal"
	"hermod/wire"
)

// Errand is a line that a gateway reads: a request to make.
type Errand struct {
	Chat    string `json:"chat"`
	Command string `json:"command"` // a Command
	ID      string `json:"id"`      // its
}

// gateway embeds the engine, until it is killed or its input ends.
func (c Config) gateway(notes *journal.Writer) error {
	secret, err := os.ReadFile(c.Secret)
	if err != nil {
		return err
	}
	engine, err := actors.New(actors.EngineConfig{Logger: slog.New(slog.NewTextHandler(os.Stderr, nil))})
	if err != nil {
		return err
	}
	g := &gateway{notes: notes}
	cfg := actors.Config{
		URL: c.URL, GatewayID: c.GatewayID, Secret: wire.Secret(strings.TrimSpace(string(secret))),
		Identities: []wire.Identity{{Platform: c.Platform, BotID: c.BotID}},
		Backoff:    Backoff, MaxBackoff: MaxBackoff, PingInterval: PingInterval, PongTimeout: PongTimeout,
		OutboundTimeout: OutboundTimeout, RetryDelay: RetryDelay, DialTimeout: DialTimeout, HandshakeTimeout: DialTimeout,
		Handlers: actors.Handlers{Inbound: g.inbound, Passthrough: g.passthrough, DeadLetter: g.deadLetter},
	}
	if c.Tight {
		cfg.MaxQueued, cfg.MaxHandlers = MaxQueued, MaxHandlers
	}
	if c.CA != "" {
		pem, err := os.ReadFile(c.CA)
		if err != nil {
			return err
		}
		cfg.TLS.RootCAs = x509.NewCertPool()
		cfg.TLS.RootCAs.AppendCertsFromPEM(pem)
	}
	relay, err := engine.Spawn("bot", cfg)
	if err != nil {
		return err
	}
	ready()
	input := bufio.NewScanner(os.Stdin)
	for input.Scan() {
		var e Errand
		if err := json.Unmarshal(input.Bytes(), &e); err != nil {
			return err
		}
		notes.Note(journal.Asked, e.ID, "")
		relay.StartFunc(wire.NewSend(e.Chat, e.Command), func(r wire.Result, err error) {
			notes.Note(journal.Answered, e.ID, Outcome(r.Success && err == nil, r.Ambiguous))
		})
	}
	return engine.Close(context.Background())
}

// Outcome is the word for how a request ended.
func Outcome(success, ambiguous bool) string {
	switch {
	case success:
		return "ok"
	case ambiguous:
		return "ambiguous"
	}
	return "failed"
}

type gateway struct {
	notes  *journal.Writer
	orders orders
}

func (g *gateway) inbound(_ context.Context, d *actors.Inbound) error {
	return g.handle(d.Event.MessageID, d.Event.Text)
}

func (g *gateway) handle(id, text string) error {
	g.notes.Note(journal.Begin, id, "")
	fails, panics := g.orders.carryOut(id, text)
	switch {
	case fails && panics:
		panic(errOrdered)
	case fails:
		return errOrdered
	}
	g.notes.Note(journal.OK, id, "")
	return nil
}

func (g *gateway) passthrough(_ context.Context, d *actors.Passthrough) error {
	return g.handle(strings.TrimPrefix(d.Forward.Path, "/"), "")
}

var errUndecoded = errors.New("the lab sends nothing that cannot be decoded")

func (g *gateway) deadLetter(_ context.Context, d *actors.DeadLetter) error {
	if d.Event == nil {
		return errUndecoded
	}
	g.notes.Note(journal.Dead, d.Event.MessageID, "")
	return nil
}
