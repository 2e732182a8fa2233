//go:build interop

package interop

import (
	"context"
	"strings"
	"testing"
	"time"

	json "github.com/goccy/go-json"

	"hermod/connector"
	"hermod/wire"
	"hermod/wire/wiretest"
)

const (
	gatewayID = "tenant:gateway-1" // a colon, since verifiers split from the right
	secret    = "correct horse"
)

// startConnector runs our connector for the length of the test.
func startConnector(t *testing.T, change func(*connector.Config)) *connector.Connector {
	t.Helper()
	cfg := connector.Config{
		DataDir:  t.TempDir(),
		Gateways: map[string][]wire.Secret{gatewayID: {secret}},
	}
	if change != nil {
		change(&cfg)
	}
	c, err := connector.Start(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := c.Close(ctx); err != nil {
			t.Errorf("closing the connector: %v", err)
		}
	})
	return c
}

// gateway is what a foreign gateway program is told to be.
type gateway struct {
	URL       string `json:"url"`
	GatewayID string `json:"gatewayId"`
	Platform  string `json:"platform"`
	BotID     string `json:"botId"`
	TTL       int    `json:"ttl"` // of its token, in seconds
	Ack       bool   `json:"ack"`
	secret    wire.Secret
}

// dialFrom starts a foreign gateway that dials c.
func dialFrom(t *testing.T, l language, c *connector.Connector, change func(*gateway)) *process {
	t.Helper()
	g := gateway{URL: c.URL(), GatewayID: gatewayID, Platform: "discord", BotID: "b1", TTL: 300, Ack: true, secret: secret}
	if change != nil {
		change(&g)
	}
	argument, err := json.Marshal(g)
	if err != nil {
		t.Fatal(err)
	}
	return l.start(t, []string{"HERMOD_SECRET=" + g.secret.Reveal()}, "gateway", string(argument))
}

// start runs one of the language's programs in its folder.
func (l language) start(t *testing.T, env []string, program string, args ...string) *process {
	t.Helper()
	args = append(append(l.program[1:len(l.program):len(l.program)], program+l.suffix), args...)
	return run(t, env, l.dir, l.program[0], args...)
}

func inject(t *testing.T, c *connector.Connector, messageID, text string) connector.Delivery {
	t.Helper()
	d, err := c.Inject("", wiretest.Event("discord", "c1", messageID, text))
	if err != nil {
		t.Fatalf("inject: %v", err)
	}
	return d
}

// eventually waits for a condition that another process brings about.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	deadline := time.After(patience)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-deadline:
			t.Fatalf("%s: not within %v", what, patience)
		case <-tick.C:
		}
	}
}

func TestForeignGatewayIsAnsweredWithADescriptor(t *testing.T) {
	each(t, func(t *testing.T, l language) {
		c := startConnector(t, nil)
		g := dialFrom(t, l, c, nil)
		if got := g.awaitFrame("descriptor").at("descriptor", "platform"); got != "discord" {
			t.Errorf("descriptor of platform %v", got)
		}
		state := c.State()[gatewayID]
		said := func(i connector.IdentityState) bool { return i.Platform == "discord" && i.BotID == "b1" }
		if !state.Connected || len(state.Identities) != 1 || !said(state.Identities[0]) {
			t.Errorf("state: %+v", state)
		}
	})
}

func TestForeignGatewayWithoutAGoodTokenIsClosed4401(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(*gateway)
		reason string
	}{
		{"wrong secret", func(g *gateway) { g.secret = "wrong" }, "unauthorized"},
		{"unknown gateway", func(g *gateway) { g.GatewayID = "nobody" }, "unauthorized"},
		{"expired token", func(g *gateway) { g.TTL = -10 }, "expired"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			each(t, func(t *testing.T, l language) {
				g := dialFrom(t, l, startConnector(t, nil), tt.change)
				g.await("event", "open")
				closed := g.await("event", "closed")
				if closed["code"] != float64(wire.CloseUnauthorized) || closed["reason"] != tt.reason {
					t.Errorf("closed %v %v, want 4401 %s", closed["code"], closed["reason"], tt.reason)
				}
			})
		})
	}
}

func TestForeignGatewayAcknowledgesWhatItIsDelivered(t *testing.T) {
	each(t, func(t *testing.T, l language) {
		c := startConnector(t, nil)
		early := inject(t, c, "m1", "before the gateway came")
		g := dialFrom(t, l, c, nil)
		long := "ünïcödé 🔌 " + strings.Repeat("long ", 40_000)
		late := inject(t, c, "m2", long)
		for _, want := range []struct{ bufferID, text string }{
			{early.BufferID, "before the gateway came"},
			{late.BufferID, long},
		} {
			f := g.awaitFrame("inbound")
			if f["bufferId"] != want.bufferID || f.at("event", "text") != want.text {
				t.Errorf("delivered %.200v, want %q in buffer %q", f, want.text[:10], want.bufferID)
			}
		}
		eventually(t, "both acknowledged", func() bool { return c.State()[gatewayID].Buffered == 0 })
	})
}

func TestForeignGatewayIsSentAgainWhatItDidNotAcknowledge(t *testing.T) {
	each(t, func(t *testing.T, l language) {
		c := startConnector(t, nil)
		d := inject(t, c, "m1", "hold on to this")
		forgetful := dialFrom(t, l, c, func(g *gateway) { g.Ack = false })
		forgetful.awaitFrame("inbound")
		forgetful.tell(map[string]any{"do": "terminate"})
		eventually(t, "the connector sees the drop", func() bool { return !c.State()[gatewayID].Connected })
		if got := c.State()[gatewayID].Buffered; got != 1 {
			t.Fatalf("%d buffered after the drop, want 1", got)
		}
		careful := dialFrom(t, l, c, nil)
		if got := careful.awaitFrame("inbound")["bufferId"]; got != d.BufferID {
			t.Errorf("sent again as %v, want %v", got, d.BufferID)
		}
		eventually(t, "acknowledged", func() bool { return c.State()[gatewayID].Buffered == 0 })
	})
}

func TestForeignGatewayGetsTheResultOfItsAction(t *testing.T) {
	each(t, func(t *testing.T, l language) {
		c := startConnector(t, nil)
		g := dialFrom(t, l, c, nil)
		g.awaitFrame("descriptor")
		g.tell(map[string]any{"do": "frame", "frame": map[string]any{
			"type":      "outbound",
			"requestId": "0123456789abcdef0123456789abcdef",
			"action":    map[string]any{"op": "send", "chat_id": "c1", "content": "grüße"},
		}})
		f := g.awaitFrame("outbound_result")
		if f["requestId"] != "0123456789abcdef0123456789abcdef" || f.at("result", "success") != true {
			t.Errorf("result: %v", f)
		}
		actions := c.Outbound(0)
		if len(actions) != 1 || actions[0].Action.Op() != "send" {
			t.Fatalf("recorded: %+v", actions)
		}
		raw, _ := actions[0].Action.Field("content")
		var content string
		if err := json.Unmarshal(raw, &content); content != "grüße" {
			t.Errorf("content: %s, %v", raw, err)
		}
	})
}

func TestForeignGatewayGoesIdleBeforeItIsTold(t *testing.T) {
	each(t, func(t *testing.T, l language) {
		c := startConnector(t, func(cfg *connector.Config) { cfg.Live = true })
		asleep := dialFrom(t, l, c, nil)
		asleep.awaitFrame("descriptor")
		asleep.tell(map[string]any{"do": "frame", "frame": map[string]any{"type": "going_idle"}})
		asleep.awaitFrame("going_idle_ack")
		d := inject(t, c, "m1", "for later")
		if d.Live || !c.State()[gatewayID].Idle {
			t.Fatalf("delivery %+v to an idle gateway, state %+v", d, c.State()[gatewayID])
		}
		asleep.tell(map[string]any{"do": "close"})
		eventually(t, "the session ends", func() bool { return !c.State()[gatewayID].Connected })
		awake := dialFrom(t, l, c, nil)
		if got := awake.awaitFrame("inbound")["bufferId"]; got != d.BufferID {
			t.Errorf("drained %v, want %v", got, d.BufferID)
		}
	})
}

func TestForeignGatewayHearsOfInterruptsAndRevocation(t *testing.T) {
	each(t, func(t *testing.T, l language) {
		c := startConnector(t, nil)
		g := dialFrom(t, l, c, nil)
		g.awaitFrame("descriptor")
		interrupt := wire.InterruptInbound{SessionKey: "agent:main:discord:dm:c1", ChatID: "c1"}
		if err := c.Interrupt("", interrupt); err != nil {
			t.Fatal(err)
		}
		if got := g.awaitFrame("interrupt_inbound"); got["chat_id"] != "c1" {
			t.Errorf("interrupt: %v", got)
		}
		if err := c.Revoke(gatewayID); err != nil {
			t.Fatal(err)
		}
		if closed := g.await("event", "closed"); closed["code"] != float64(wire.CloseUnauthorized) {
			t.Errorf("closed with %v", closed["code"])
		}
	})
}
