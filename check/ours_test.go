package check_test

import (
	"context"
	"io"
	"net/http"
	"testing"
	"testing/synctest"

	json "github.com/goccy/go-json"
	"go.uber.org/goleak"

	"hermod/actors"
	"hermod/check"
	"hermod/connector"
	"hermod/gateway/boot"
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
				cfg.Listener, cfg.Gateways = listener, map[string][]wire.Secret{"g:1": {secret, "canary-old"}}
				cfg.Tenants, cfg.EnrollmentTokens = map[string][]wire.Secret{"acme": {"the owner"}}, []wire.Secret{"once"}
				c, err := connector.Start(cfg)
				if err != nil {
					t.Fatal(err)
				}
				defer func() { _ = c.Close(context.Background()) }()
				suite, err := check.Connector(check.ConnectorTarget{URL: "ws://memory", GatewayID: "g:1", Secret: secret,
					Identities: []wire.Identity{{Platform: "discord", BotID: "b1"}, {Platform: "telegram", BotID: "b2"}},
					Chat:       "c1", Dial: listener.Dial, Inject: injectInto(c), OldSecrets: []wire.Secret{"canary-old"},
					IdentityToken: "the owner", EnrollmentToken: "once", Revoke: revokeAt(c), Stop: c.Close})
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
		requireOK(t, runOurEngine(t, aside(everything, "close.*"))) // it is disabled by then
	})
}

func TestOurEngineClosesAsItShould(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		requireOK(t, runOurEngine(t, check.Options{Only: []string{"close.*"}, Destructive: true}))
	})
}

// runOurEngine checks a gateway that enrols, provisions and declares a policy, and reads the files of events.
func runOurEngine(t *testing.T, o check.Options) check.Report {
	listener, wakes := wiretest.NewListener(), wiretest.NewListener()
	transport := &http.Transport{DialContext: listener.Dial}
	defer transport.CloseIdleConnections()
	client, err := boot.New(boot.Config{URL: "ws://memory", GatewayID: "g:1", Identity: boot.StaticIdentity("the owner"),
		Transport: transport})
	if err != nil {
		t.Fatal(err)
	}
	engine, err := actors.New(actors.EngineConfig{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = engine.Close(context.Background()) }()
	server := &http.Server{Handler: boot.WakeHandler(boot.WakeConfig{Wake: boot.WakeRelays(engine.Relays)})}
	go func() { _ = server.Serve(wakes) }()
	defer func() { _ = server.Close() }()
	var bot *actors.Relay
	suite, err := check.Gateway(check.GatewayTarget{Listener: listener, GatewayID: "g:1", Secret: secret, Echo: true,
		EnrollmentToken: "once", Dial: wakes.Dial,
		Sleep: func(ctx context.Context) error { bot.GoDormant(ctx, 0); return nil },
		Stop:  func(ctx context.Context) error { return bot.Close(ctx) }})
	if err != nil {
		t.Fatal(err)
	}
	defer suite.Close()
	credentials, err := client.Enroll(t.Context(), "once")
	if err != nil {
		t.Fatal(err)
	}
	_, err = client.Provision(t.Context(), credentials, wire.Registration{Platform: "telegram", BotID: "42", WakeURL: "http://wake/g"})
	if err != nil {
		t.Fatal(err)
	}
	if err := client.DeclarePolicy(t.Context(), credentials, wire.RelevancePolicy{Platform: "telegram"}); err != nil {
		t.Fatal(err)
	}
	if bot, err = engine.Spawn("bot", echoBot(listener, client.Media(credentials))); err != nil {
		t.Fatal(err)
	}
	return suite.Run(t.Context(), o)
}

// echoBot answers every message with a send.
func echoBot(listener *wiretest.Listener, media *boot.MediaClient) actors.Config {
	return actors.Config{
		URL: "ws://memory", GatewayID: "g:1", Secret: secret, Dial: listener.Dial,
		Identities: []wire.Identity{{Platform: "telegram", BotID: "42"}, {Platform: "discord", BotID: "43"}},
		Commands:   []wire.Command{{Name: "new", Description: "start over"}},
		Handlers: actors.Handlers{
			Inbound: func(ctx context.Context, d *actors.Inbound) error {
				for _, url := range d.Event.Extras().MediaURLs {
					if file, err := media.Download(ctx, url); err == nil {
						_, _ = io.Copy(io.Discard, file)
						_ = file.Close()
					}
				}
				_, err := d.Relay.Send(ctx, wire.NewSend(d.Event.Source.ChatID, "You said so."), actors.Via("telegram"))
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
