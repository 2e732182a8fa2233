package workload

import (
	"context"
	"fmt"
	"sync/atomic"

	"hermod/actors"
	"hermod/wire"
)

// openHermod is the engine as a gateway embeds it: one engine in the process, one relay per connection, through the
// public API, with the defaults. Nothing is switched off. Its handler releases its events.
func openHermod() (Dial, func(), error) {
	return openEngine(releasing, "", "")
}

func releasing(ctx context.Context, d *actors.Inbound, handler *Handler) {
	d.Release()
	handler.Chat(ctx, d.Event.Source.ChatID)
}

// openHermodKeep is the same with a handler that may keep its events.
func openHermodKeep() (Dial, func(), error) {
	return openEngine(func(ctx context.Context, d *actors.Inbound, handler *Handler) {
		handler.Chat(ctx, d.Event.Source.ChatID)
	}, "", "")
}

// handling is what the handler of a relay does with a delivery.
type handling func(ctx context.Context, d *actors.Inbound, handler *Handler)

// openEngine opens an engine whose relays have that handler, and credentials unless they are empty.
func openEngine(handle handling, id string, secret wire.Secret) (Dial, func(), error) {
	engine, err := actors.New(actors.EngineConfig{})
	if err != nil {
		return nil, nil, err
	}
	var named atomic.Int64
	dial := func(ctx context.Context, to Target, handler *Handler) (Client, error) {
		relay, err := engine.Spawn(fmt.Sprintf("bot-%d", named.Add(1)), actors.Config{
			URL:        to.URL,
			TLS:        trusting(to),
			Identities: []wire.Identity{{Platform: "discord", BotID: "b1"}},
			GatewayID:  id,
			Secret:     secret,
			Handlers: actors.Handlers{Inbound: func(ctx context.Context, d *actors.Inbound) error {
				handle(ctx, d, handler)
				return nil
			}},
		})
		if err != nil {
			return nil, err
		}
		if _, err := relay.Handshake(ctx); err != nil {
			return nil, err
		}
		return hermodClient{relay}, nil
	}
	return dial, func() { _ = engine.Close(cutOff()) }, nil
}

// trusting has a relay trust the peer.
func trusting(to Target) actors.TLS {
	if to.TLS == nil {
		return actors.TLS{}
	}
	return actors.TLS{RootCAs: to.TLS.RootCAs}
}

// hermodClient is a relay.
type hermodClient struct{ relay *actors.Relay }

func (c hermodClient) Send(ctx context.Context, chat, text string) error {
	_, err := c.relay.Send(ctx, wire.NewSend(chat, text))
	return err
}

func (c hermodClient) Close() { _ = c.relay.Close(cutOff()) }

// cutOff closes a relay without draining it, since a flood never ends.
func cutOff() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}
