package actors_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"hermod/actors"
	"hermod/gateway/adapter"
	"hermod/wire"
	"hermod/wire/wiretest"
)

// agent is a gateway as one is written with package adapter: it repeats what it is told, ten times, and deploys when
// it is told so and a button is pressed.
type agent struct {
	egress   *adapter.Egress
	prompts  *adapter.Prompts[string]
	deployed chan string
}

func newAgent() *agent {
	return &agent{
		egress:   adapter.NewEgress(twoBots, 0),
		prompts:  adapter.NewPrompts[string](adapter.PromptsConfig{}),
		deployed: make(chan string, 8),
	}
}

func (a *agent) inbound(ctx context.Context, d *actors.Inbound) error {
	return a.handle(ctx, d.Relay, d.Event)
}

func (a *agent) passthrough(ctx context.Context, d *actors.Passthrough) error {
	event, err := adapter.DecodeInteraction(d.Forward)
	if err != nil {
		return nil
	}
	return a.handle(ctx, d.Relay, event)
}

func (a *agent) handle(ctx context.Context, relay *actors.Relay, e *wire.Event) error {
	a.egress.Remember(&e.Source)
	if answer, ok := a.prompts.Answer(e); ok {
		return a.decide(ctx, relay, e.Source.ChatID, answer)
	}
	chatID := e.Source.ChatID
	if target, ok := strings.CutPrefix(e.Text, "/deploy "); ok {
		return a.askFor(ctx, relay, chatID, target)
	}
	_, err := a.say(ctx, relay, wire.NewSend(chatID, strings.TrimSpace(strings.Repeat(e.Text+" ", 10))))
	return err
}

// askFor asks with buttons where the connector has them, else in words.
func (a *agent) askFor(ctx context.Context, relay *actors.Relay, chatID, target string) error {
	options := []wire.PromptOption{{ID: "yes", Label: "Deploy"}}
	question, id, err := a.prompts.Ask(chatID, "approval", "Deploy "+target+"?", options, target)
	if err != nil {
		return err
	}
	asked, err := a.say(ctx, relay, question)
	if !asked {
		a.prompts.Forget(id)
	}
	if errors.As(err, new(*adapter.UnsupportedOpError)) {
		_, err = a.say(ctx, relay, wire.NewSend(chatID, "Say yes to deploy "+target+"."))
	}
	return err
}

func (a *agent) decide(ctx context.Context, relay *actors.Relay, chatID string, answer adapter.Answer[string]) error {
	switch answer.Verdict {
	case adapter.Answered:
		a.deployed <- answer.State
	case adapter.Expired:
		_, err := a.say(ctx, relay, wire.NewSend(chatID, "Too late."))
		return err
	}
	return nil
}

// say sends an action in as many messages as it takes, and says whether all were taken. It stops at the first that is
// not; a refusal of the destination is final.
func (a *agent) say(ctx context.Context, relay *actors.Relay, action wire.Action) (bool, error) {
	envelopes, err := a.egress.Prepare(action, "", relay.Descriptor)
	if err != nil {
		return false, err
	}
	for _, e := range envelopes {
		result, err := relay.Send(ctx, e.Action, actors.Via(e.Platform))
		if err != nil || adapter.Declined(result) {
			return false, err
		}
	}
	return true, nil
}

var twoBots = []wire.Identity{{Platform: "discord", BotID: "b1"}, {Platform: "telegram", BotID: "t1"}}

// withAgent runs body with an agent on a relay of two bots. Discord takes 40 code points and has no buttons, Telegram
// 60 UTF-16 units and has them.
func withAgent(t *testing.T, body func(w *world, conn *wiretest.Conn, a *agent)) {
	t.Helper()
	a := newAgent()
	inBubble(t, func(w *world) {
		conn := w.srv.Accept()
		short, buttons := wiretest.Descriptor("discord"), wiretest.Descriptor("telegram")
		short.MaxMessageLength = 40
		buttons.MaxMessageLength, buttons.LenUnit = 60, wire.UTF16
		buttons.SupportedOps = []string{wire.OpSend, wire.OpPrompt}
		conn.Handshake(short, buttons)
		w.shaken()
		body(w, conn, a)
	}, func(c *actors.Config) {
		c.Identities = twoBots
		c.Handlers.Inbound, c.Handlers.Passthrough = a.inbound, a.passthrough
	})
}

// answerSends answers the sends that come until the delivery is acknowledged, and returns them as "platform bot
// metadata content".
func answerSends(t *testing.T, conn *wiretest.Conn, result wire.Result) []string {
	t.Helper()
	var sends []string
	for {
		line, err := conn.ReadFrame()
		if err != nil {
			t.Fatal(err)
		}
		if kind, _ := wire.Classify(line); kind == wire.KindInboundAck {
			return sends
		}
		out, err := wire.DecodeOutbound(line)
		if err != nil {
			t.Fatal(err)
		}
		metadata, _ := out.Action.Field("metadata")
		content, _ := out.Action.Field("content")
		sends = append(sends, fmt.Sprintf("%s %s %s %s", out.Platform, out.BotID, metadata, content))
		_ = conn.Answer(line, result)
	}
}

func TestAdapterAnswersByThePlatformOfTheChatInMessagesThatFit(t *testing.T) {
	withAgent(t, func(w *world, conn *wiretest.Conn, _ *agent) {
		for _, tt := range []struct {
			event []byte
			want  []string
		}{
			{
				event: []byte(`{"text":"hello","message_id":"m1","source":{"platform":"discord","chat_id":"c1","chat_type":"group","scope_id":"g1","user_id":"u1"}}`),
				want: []string{
					`discord b1 {"scope_id":"g1","user_id":"u1"} "hello hello hello hello (1/3)"`,
					`discord b1 {"scope_id":"g1","user_id":"u1"} "hello hello hello hello (2/3)"`,
					`discord b1 {"scope_id":"g1","user_id":"u1"} "hello hello (3/3)"`,
				},
			},
			{
				event: wiretest.Event("telegram", "c2", "m2", "😀😀😀"),
				want: []string{
					`telegram t1 {"user_id":"u1"} "😀😀😀 😀😀😀 😀😀😀 😀😀😀 😀😀😀 😀😀😀 (1/2)"`,
					`telegram t1 {"user_id":"u1"} "😀😀😀 😀😀😀 😀😀😀 😀😀😀 (2/2)"`,
				},
			},
		} {
			_ = conn.SendInbound(tt.event, "buffered")
			if got := answerSends(t, conn, wire.Result{Success: true}); !slices.Equal(got, tt.want) {
				t.Errorf("got  %q\nwant %q", got, tt.want)
			}
		}
	})
}

func TestAdapterStopsAtARefusedDestination(t *testing.T) {
	withAgent(t, func(w *world, conn *wiretest.Conn, _ *agent) {
		_ = conn.SendInbound(event("c1", "m1", "hello"), "buffered")
		refusal := wire.Result{Code: "egress_declined", Error: "discord egress declined: target is not approved"}
		if got := answerSends(t, conn, refusal); len(got) != 1 {
			t.Errorf("sent %q", got)
		}
	})
}

func TestAdapterAsksWithButtonsWhereThereAreSome(t *testing.T) {
	withAgent(t, func(w *world, conn *wiretest.Conn, a *agent) {
		_ = conn.SendInbound(wiretest.Event("telegram", "c2", "m1", "/deploy blog"), "b1")
		line := conn.Expect(wire.KindOutbound)
		prompt, err := wire.DecodeOutbound(line)
		if err != nil || prompt.Action.Op() != wire.OpPrompt || prompt.BotID != "t1" {
			t.Fatalf("asked %s, %v", line, err)
		}
		_ = conn.Answer(line, wire.Result{Success: true, MessageID: "m9"})
		conn.Expect(wire.KindInboundAck)
		id, _ := prompt.Action.Field("prompt_id")
		for i := range 2 { // the second press is a repeat
			press := fmt.Appendf(nil, `{"text":"/yes","message_id":"p%d","source":{"platform":"telegram","chat_id":"c2"},"prompt_response":{"prompt_id":%s,"option_id":"yes"}}`, i, id)
			_ = conn.SendInbound(press, "b2")
			conn.Expect(wire.KindInboundAck)
		}
		synctest.Wait()
		if len(a.deployed) != 1 || <-a.deployed != "blog" {
			t.Errorf("%d deployments", len(a.deployed))
		}

		_ = conn.SendInbound(event("c1", "m2", "/deploy shop"), "b3")
		want := []string{`discord b1 {"user_id":"u1"} "Say yes to deploy shop."`}
		if got := answerSends(t, conn, wire.Result{Success: true}); !slices.Equal(got, want) {
			t.Errorf("without buttons: %q, want %q", got, want)
		}
	})
}

func TestAdapterTakesInteractionsForMessages(t *testing.T) {
	withAgent(t, func(w *world, conn *wiretest.Conn, _ *agent) {
		interact := func(platform, body string) []string {
			forward := fmt.Appendf(nil, `{"platform":%q,"bodyB64":%q}`, platform, base64.StdEncoding.EncodeToString([]byte(body)))
			_ = conn.Send(wire.AppendPassthroughForward(nil, forward, "p-"+body))
			return answerSends(t, conn, wire.Result{Success: true})
		}
		const person = `"id":"i1","channel_id":"c1","guild_id":"g1","member":{"user":{"id":"u1"}}`
		want := []string{`discord b1 {"scope_id":"g1","user_id":"u1"} "Say yes to deploy shop."`}
		if got := interact("discord", `{"type":2,"data":{"name":"deploy","options":[{"type":3,"value":"shop"}]},`+person+`}`); !slices.Equal(got, want) {
			t.Errorf("a command: %q, want %q", got, want)
		}
		if got := interact("discord", `{"type":3,"data":{"custom_id":"hp1:theirs.00000001:yes"},`+person+`}`); len(got) != 0 {
			t.Errorf("a button of another process: %q", got)
		}
		for platform, body := range map[string]string{"discord": "no JSON", "telegram": "{}"} {
			if got := interact(platform, body); len(got) != 0 {
				t.Errorf("what is no interaction: %q", got)
			}
		}
	})
}
