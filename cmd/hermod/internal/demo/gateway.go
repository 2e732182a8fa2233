package demo

import (
	"context"
	"errors"
	"fmt"
	"time"

	json "github.com/goccy/go-json"

	"hermod/actors"
	"hermod/supervisor"
	"hermod/wire"
)

// gateway is the bots' logic, as a program that embeds Hermod would have it: one engine, one relay per bot, and
// handlers that answer.
type gateway struct {
	engine *actors.Engine
	relays []*actors.Relay // in the order of the table
	ledger *ledger
	story  *story
}

// strategy is the bots' rule for a refused credential. The others are supervisor.Strict and supervisor.Confirm.
const strategy = supervisor.Terminal

func startGateway(url string, bots []bot, ledger *ledger, story *story) (*gateway, error) {
	engine, err := actors.New(actors.EngineConfig{})
	if err != nil {
		return nil, err
	}
	g := &gateway{engine: engine, ledger: ledger, story: story}
	for _, bot := range bots {
		relay, err := engine.Spawn(bot.name, actors.Config{
			URL:        url,
			Identities: []wire.Identity{{Platform: bot.platform, BotID: bot.name}},
			GatewayID:  bot.name,
			Secret:     bot.secret,
			Handlers:   actors.Handlers{Inbound: g.inbound, DeadLetter: g.deadLetter, Fatal: g.fatal(bot.name)},
			Strategy:   strategy,
			Backoff:    250 * time.Millisecond, // short, for those who watch
			MaxBackoff: 2 * time.Second,
			RetryDelay: 200 * time.Millisecond,
		})
		if err != nil {
			return nil, errors.Join(err, engine.Close(context.Background()))
		}
		g.relays = append(g.relays, relay)
	}
	return g, nil
}

func (g *gateway) relay(bot string) *actors.Relay {
	for _, relay := range g.relays {
		if relay.Name() == bot {
			return relay
		}
	}
	return nil
}

// refusedText is the message that the gateway can never handle.
const refusedText = "/refund order 0000"

var errNoSuchOrder = errors.New("order 0000 does not exist")

// inbound answers an event and waits for the answer's result before it is done. The event is acknowledged only
// when this returns nil.
func (g *gateway) inbound(ctx context.Context, d *actors.Inbound) error {
	if d.Event.Text == refusedText {
		return errNoSuchOrder
	}
	answer := wire.NewSend(d.Event.Source.ChatID, "You said: "+d.Event.Text).With("reply_to", d.Event.MessageID)
	if err := g.send(ctx, d.Relay, answer); err != nil {
		return err
	}
	g.ledger.handle(d.Relay.Name(), d.Event)
	return nil
}

// send has an action carried out, over as many links as it takes. An action whose result was lost with its link is sent
// again: this gateway would rather repeat an answer than owe one.
func (g *gateway) send(ctx context.Context, relay *actors.Relay, a wire.Action) error {
	for {
		if _, err := relay.Handshake(ctx); err != nil {
			return err
		}
		g.ledger.send()
		result, err := relay.Send(ctx, a)
		switch {
		case err == nil && result.Success:
			return nil
		case err == nil:
			return fmt.Errorf("the connector refused: %s", result.Error)
		case !linkLost(err) || !pause(ctx, 20*time.Millisecond):
			return err
		}
	}
}

func linkLost(err error) bool {
	return errors.Is(err, actors.ErrNotConnected) || errors.Is(err, actors.ErrSendFailed) ||
		errors.Is(err, actors.ErrConnectionLost)
}

// deadLetter takes what was given up, so that the connector may forget it.
func (g *gateway) deadLetter(_ context.Context, d *actors.DeadLetter) error {
	if d.Event != nil {
		g.story.tell("%s: dead letter after %d tries: %v", d.Relay.Name(), d.Tries, d.Err)
		g.ledger.bury(d.Event.MessageID)
		return nil
	}
	g.story.tell("%s: undecodable, so a dead letter; the link stays up", d.Relay.Name())
	var frame struct {
		Event struct {
			MessageID string `json:"message_id"`
		} `json:"event"`
	}
	if err := json.Unmarshal(d.Raw, &frame); err != nil {
		return fmt.Errorf("find the id of a dead letter: %w", err)
	}
	g.ledger.bury(frame.Event.MessageID)
	return nil
}

// fatal hears of a relay that ended without being asked to.
func (g *gateway) fatal(bot string) func(context.Context, actors.Fatal) {
	return func(_ context.Context, f actors.Fatal) {
		g.story.tell("%s: %s (%s); it never dials again", bot, f.Code, f.PlatformState)
	}
}
