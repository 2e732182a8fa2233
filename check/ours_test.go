package check_test

import (
	"context"
	"testing"
	"testing/synctest"

	json "github.com/goccy/go-json"
	"go.uber.org/goleak"

	"hermod/actors"
	"hermod/check"
	"hermod/connector"
	"hermod/wire"
	"hermod/wire/wiretest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const secret = wire.Secret("a secret of the tests")

// everything also runs what is slow and what changes something.
var everything = check.Options{Slow: true, Destructive: true}

func TestOurConnectorPassesEveryCheck(t *testing.T) {
	for name, cfg := range map[string]connector.Config{
		"as it is by default": {}, "one delivery at a time": {Window: 1}, "live": {Live: true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				listener := wiretest.NewListener()
				cfg.Listener, cfg.Gateways = listener, map[string][]wire.Secret{"g:1": {secret, "the one before"}}
				cfg.Tenants, cfg.EnrollmentTokens = map[string][]wire.Secret{"acme": {"the owner"}}, []wire.Secret{"once"}
				c, err := connector.Start(cfg)
				if err != nil {
					t.Fatal(err)
				}
				defer func() { _ = c.Close(context.Background()) }()
				suite, err := check.Connector(check.ConnectorTarget{URL: "ws://memory", GatewayID: "g:1", Secret: secret,
					Identities: []wire.Identity{{Platform: "discord", BotID: "b1"}, {Platform: "telegram", BotID: "b2"}},
					Chat:       "c1", Dial: listener.Dial, Inject: injectInto(c), OldSecrets: []wire.Secret{"the one before"},
					IdentityToken: "the owner", EnrollmentToken: "once", Revoke: revokeAt(c)})
				if err != nil {
					t.Fatal(err)
				}
				defer suite.Close()
				requireOK(t, suite.Run(t.Context(), aside(everything, "wake.*"))) // those are in cmd/hermod: they need a network
			})
		})
	}
}

func aside(o check.Options, skip ...string) check.Options {
	o.Skip = skip
	return o
}

func revokeAt(c *connector.Connector) func(context.Context, bool) error {
	return func(_ context.Context, revoked bool) error {
		if revoked {
			return c.Revoke("g:1")
		}
		return c.Restore("g:1")
	}
}

// injectInto makes our connector deliver.
func injectInto(c *connector.Connector) func(context.Context, check.Kind, json.RawMessage) error {
	return func(_ context.Context, kind check.Kind, object json.RawMessage) error {
		switch kind {
		case check.Passthrough:
			_, err := c.Passthrough("", object)
			return err
		case check.Interrupt:
			var i struct {
				SessionKey string `json:"session_key"`
				ChatID     string `json:"chat_id"`
			}
			if err := json.Unmarshal(object, &i); err != nil {
				return err
			}
			return c.Interrupt("", wire.InterruptInbound{SessionKey: i.SessionKey, ChatID: i.ChatID})
		}
		_, err := c.Inject("", object)
		return err
	}
}

func TestOurEnginePassesEveryCheck(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		listener := wiretest.NewListener()
		engine, err := actors.New(actors.EngineConfig{})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = engine.Close(context.Background()) }()
		bot, err := engine.Spawn("bot", echoBot(listener))
		if err != nil {
			t.Fatal(err)
		}
		suite, err := check.Gateway(check.GatewayTarget{Listener: listener, GatewayID: "g:1", Secret: secret, Echo: true,
			Sleep: func(ctx context.Context) error { bot.GoDormant(ctx, 0); return nil }})
		if err != nil {
			t.Fatal(err)
		}
		defer suite.Close()
		requireOK(t, suite.Run(t.Context(), everything))
	})
}

// echoBot answers every message with a send.
func echoBot(listener *wiretest.Listener) actors.Config {
	return actors.Config{
		URL: "ws://memory", GatewayID: "g:1", Secret: secret, Dial: listener.Dial,
		Identities: []wire.Identity{{Platform: "telegram", BotID: "42"}},
		Handlers: actors.Handlers{
			Inbound: func(ctx context.Context, d *actors.Inbound) error {
				_, err := d.Relay.Send(ctx, wire.NewSend(d.Event.Source.ChatID, "You said so."))
				return err
			},
			Passthrough: func(context.Context, *actors.Passthrough) error { return nil },
			DeadLetter:  func(context.Context, *actors.DeadLetter) error { return nil },
		},
	}
}

func requireOK(t *testing.T, report check.Report) {
	t.Helper()
	for _, r := range report.Results {
		if r.Verdict != check.OK {
			t.Errorf("%s: %s: %s\nexpected %s\nsent %q\ncame %q", r.Name, r.Verdict, r.Reason, r.Expected, r.Sent, r.Came)
		}
	}
}
