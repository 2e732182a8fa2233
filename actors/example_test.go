package actors_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log"

	"github.com/asynkron/protoactor-go/actor"

	"hermod/actors"
	"hermod/connector"
	"hermod/messages"
	"hermod/wire"
)

// A gateway that answers every message of one Telegram bot.
func Example() {
	url, answered, stop := startConnector("hello") // or the URL of the connector that you have
	defer stop()

	engine, _ := actors.New(actors.EngineConfig{})
	defer engine.Close(context.Background())
	_, err := engine.Spawn("support", actors.Config{
		URL:        url,
		Identities: []wire.Identity{{Platform: "telegram", BotID: "42"}},
		Handlers: actors.Handlers{Inbound: func(ctx context.Context, d *actors.Inbound) error {
			_, err := d.Relay.Send(ctx, wire.NewSend(d.Event.Source.ChatID, "You said: "+d.Event.Text))
			return err
		}},
	})
	if err != nil {
		log.Fatal(err)
	}

	fmt.Println(<-answered)
	// Output: You said: hello
}

// A busy gateway says that it keeps nothing of an event, whose memory is used again then.
func ExampleInbound_Release() {
	url, answered, stop := startConnector("hello")
	defer stop()
	engine, _ := actors.New(actors.EngineConfig{})
	defer engine.Close(context.Background())
	_, err := engine.Spawn("support", actors.Config{
		URL:        url,
		Identities: []wire.Identity{{Platform: "telegram", BotID: "42"}},
		Handlers: actors.Handlers{Inbound: func(ctx context.Context, d *actors.Inbound) error {
			d.Release() // neither d nor a string of its event is used after the handler has returned
			_, err := d.Relay.Send(ctx, wire.NewSend(d.Event.Source.ChatID, "You said: "+d.Event.Text))
			return err
		}},
	})
	if err != nil {
		log.Fatal(err)
	}

	fmt.Println(<-answered)
	// Output: You said: hello
}

// A gateway that is built on Proto.Actor itself has the relay as a child, and talks to it in messages.
func ExampleEngine_RelayProps() {
	url, _, stop := startConnector()
	defer stop()
	engine, err := actors.New(actors.EngineConfig{})
	if err != nil {
		log.Fatal(err)
	}
	props, err := engine.RelayProps("support", actors.Config{URL: url,
		Identities: []wire.Identity{{Platform: "telegram", BotID: "42"}},
		Handlers:   actors.Handlers{Inbound: func(context.Context, *actors.Inbound) error { return nil }},
	})
	if err != nil {
		log.Fatal(err)
	}
	system := engine.System()
	done := make(chan struct{})
	var relay *actor.PID
	gateway := system.Root.Spawn(actor.PropsFromFunc(func(ctx actor.Context) {
		switch m := ctx.Message().(type) {
		case *actor.Started:
			relay = ctx.Spawn(props)
			ready := make(chan messages.Handshake, 1)
			ctx.Send(relay, &messages.AwaitHandshake{Reply: ready})
			go func(self *actor.PID) { system.Root.Send(self, <-ready) }(ctx.Self())
		case messages.Handshake:
			ctx.Request(relay, &messages.Perform{Action: wire.NewSend("chat-1", "I am here")})
		case *messages.Outcome:
			fmt.Println("sent:", m.Result.Success)
			ctx.Send(relay, &messages.CloseRelay{})
		case *actor.Terminated:
			close(done)
		}
	}))
	<-done
	_ = system.Root.StopFuture(gateway).Wait()
	_ = engine.Close(context.Background())
	// Output: sent: true
}

// Status changes as they come: the current one first.
func ExampleRelay_Watch() {
	url, _, stop := startConnector()
	defer stop()
	engine, _ := actors.New(actors.EngineConfig{})
	relay, err := engine.Spawn("support", actors.Config{URL: url, Identities: []wire.Identity{{Platform: "telegram"}},
		Handlers: actors.Handlers{Inbound: func(context.Context, *actors.Inbound) error { return nil }}})
	if err != nil {
		log.Fatal(err)
	}
	for status := range relay.Watch(context.Background()) {
		switch status.State {
		case actors.Ready:
			fmt.Println("ready, generation", status.Generation)
			go func() { _ = engine.Close(context.Background()) }()
		case actors.Closed:
			fmt.Println("closed")
		}
	}
	// Output:
	// ready, generation 1
	// closed
}

// startConnector runs a connector for the examples. It delivers texts to whoever connects, and returns its URL, what
// the bot sends, and how to end it.
func startConnector(texts ...string) (url string, answered <-chan string, stop func()) {
	sent := make(chan string, len(texts)+1)
	c, err := connector.Start(connector.Config{
		OnOutbound: func(_ context.Context, r connector.Record) wire.Result {
			content, _ := r.Action.Field("content")
			var text string
			_ = json.Unmarshal(content, &text)
			sent <- text
			return wire.Result{Success: true, MessageID: "m1"}
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	for i, text := range texts {
		event := fmt.Appendf(nil, `{"text":%q,"message_id":"m%d","source":{"platform":"telegram","chat_id":"c1"}}`, text, i)
		if _, err := c.Inject("default", event); err != nil {
			log.Fatal(err)
		}
	}
	return c.URL(), sent, func() { _ = c.Close(context.Background()) }
}
