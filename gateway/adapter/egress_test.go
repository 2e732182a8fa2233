package adapter_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"hermod/gateway/adapter"
	"hermod/wire"
)

var fronted = []wire.Identity{{Platform: "discord", BotID: "d1"}, {Platform: "telegram"}}

func from(platform, chatID, scopeID, userID string) *wire.Source {
	return &wire.Source{Platform: platform, ChatID: chatID, ScopeID: scopeID, UserID: userID}
}

func TestAddress(t *testing.T) {
	e := adapter.NewEgress(fronted, 0)
	e.Remember(from("discord", "c1", "g1", "u1"))
	e.Remember(from("telegram", "c2", "", "u2"))
	e.Remember(from("discord", "both", "g3", "u3"))
	e.Remember(from("telegram", "both", "", "u4"))
	e.Remember(from("relay", "c5", "g5", ""))
	e.Remember(from("discord", "", "g6", "u6"))
	e.Remember(&wire.Source{Platform: "slack", ChatID: "c7", GuildID: "T7"})

	for _, tt := range []struct {
		name     string
		action   wire.Action
		platform string
		via      string
		metadata string
	}{
		{name: "a guild's chat", action: wire.NewSend("c1", "hi"), via: "discord", metadata: `{"scope_id":"g1","user_id":"u1"}`},
		{name: "a direct chat", action: wire.NewTyping("c2"), via: "telegram", metadata: `{"user_id":"u2"}`},
		{name: "one id on two platforms: the last one seen", action: wire.NewSend("both", "hi"), via: "telegram", metadata: `{"user_id":"u4"}`},
		{name: "one id on two platforms: the named one", action: wire.NewSend("both", "hi"), platform: "discord", via: "discord", metadata: `{"scope_id":"g3","user_id":"u3"}`},
		{name: "a chat never heard of", action: wire.NewSend("c9", "hi")},
		{name: "a chat never heard of on a named platform", action: wire.NewSend("c9", "hi"), platform: "telegram", via: "telegram"},
		{name: "a chat whose platform is not known", action: wire.NewSend("c5", "hi"), metadata: `{"scope_id":"g5"}`},
		{name: "no chat", action: wire.NewAction("status")},
		{name: "the older name of a scope", action: wire.NewSend("c7", "hi"), via: "slack", metadata: `{"scope_id":"T7"}`},
		{
			name: "metadata that is there is kept", action: wire.NewSend("c1", "hi").With("metadata", json.RawMessage(`{"n":1.50,"scope_id":"mine","user_id":""}`)),
			via: "discord", metadata: `{"n":1.50,"scope_id":"mine","user_id":"u1"}`,
		},
		{name: "metadata that is null", action: wire.NewSend("c1", "hi").With("metadata", nil), via: "discord", metadata: `{"scope_id":"g1","user_id":"u1"}`},
		{name: "metadata of another type", action: wire.NewSend("c1", "hi").With("metadata", "x"), via: "discord", metadata: `"x"`},
		{name: "a follow-up of a platform of ours", action: wire.NewFollowUp("key", "discord.interaction_token", "hi"), via: "discord"},
		{name: "a follow-up of another platform", action: wire.NewFollowUp("key", "matrix.token", "hi")},
		{name: "a follow-up with a named platform", action: wire.NewFollowUp("key", "discord.interaction_token", "hi"), platform: "telegram", via: "telegram"},
		{name: "a kind is a follow-up's alone", action: wire.NewSend("c2", "hi").With("kind", "discord.x"), via: "telegram", metadata: `{"user_id":"u2"}`},
	} {
		got, err := e.Address(tt.action, tt.platform)
		metadata, _ := got.Action.Field("metadata")
		if err != nil || got.Platform != tt.via || string(metadata) != tt.metadata || got.Action.Err() != nil {
			t.Errorf("%s: via %q with %s, %v\nwant %q with %s", tt.name, got.Platform, metadata, err, tt.via, tt.metadata)
		}
	}
}

func TestRememberKeepsWhatIsNotSaidAgain(t *testing.T) {
	e := adapter.NewEgress(fronted, 0)
	e.Remember(from("discord", "c1", "g1", "u1"))
	e.Remember(from("discord", "c1", "", "u2"))
	e.Remember(from("relay", "c1", "g2", ""))
	got, err := e.Address(wire.NewSend("c1", "hi"), "")
	if metadata, _ := got.Action.Field("metadata"); err != nil || got.Platform != "discord" || string(metadata) != `{"scope_id":"g2","user_id":"u2"}` {
		t.Errorf("via %q with %s, %v", got.Platform, metadata, err)
	}
}

func TestAnActionNamesTheProfileOfItsChat(t *testing.T) {
	e := adapter.NewEgress(fronted, 0)
	for chatID, profile := range map[string]string{"c1": "coder", "c2": "default", "c3": "main", "c4": ""} {
		s := &wire.Source{Platform: "discord", ChatID: chatID, UserID: "u"}
		e.Remember(s.SetExtras(wire.SourceExtras{Profile: profile}))
	}
	e.Remember(&wire.Source{Platform: "discord", ChatID: "c1", UserID: "u2"}) // what is not said again stays
	for _, profile := range []string{"coder", "default"} {
		s := &wire.Source{Platform: "discord", ChatID: "c5"}
		e.Remember(s.SetExtras(wire.SourceExtras{Profile: profile}))
	}
	for _, tt := range []struct {
		name, metadata string
		action         wire.Action
	}{
		{"a chat of a profile", `{"profile":"coder","user_id":"u2"}`, wire.NewSend("c1", "hi")},
		{"every op of a chat", `{"profile":"coder","user_id":"u2"}`, wire.NewReact("c1", "m1", "x", false)},
		{"the default profile", `{"user_id":"u"}`, wire.NewSend("c2", "hi")},
		{"the main profile", `{"user_id":"u"}`, wire.NewSend("c3", "hi")},
		{"no profile", `{"user_id":"u"}`, wire.NewSend("c4", "hi")},
		{"the default profile after another", ``, wire.NewSend("c5", "hi")},
		{"a profile that is named", `{"profile":"mine","user_id":"u2"}`, wire.NewSend("c1", "hi").With("metadata", map[string]string{"profile": "mine"})},
		{"a follow-up of a profile", `{"profile":"coder"}`, wire.NewFollowUp("agent:coder:discord:dm:c2", "discord.x", "hi")},
		{"a follow-up of main", ``, wire.NewFollowUp("agent:main:discord:dm:c1", "discord.x", "hi")},
		{"a follow-up of a key of another kind", ``, wire.NewFollowUp("bot:coder:x", "discord.x", "hi")},
		{"a follow-up of a cut key", ``, wire.NewFollowUp("agent:coder", "discord.x", "hi")},
	} {
		got, err := e.Address(tt.action, "")
		if metadata, _ := got.Action.Field("metadata"); err != nil || string(metadata) != tt.metadata {
			t.Errorf("%s: %s, %v, want %s", tt.name, metadata, err, tt.metadata)
		}
	}
}

func TestAPlatformIsNamedAsTheIdentitySpellsIt(t *testing.T) {
	e := adapter.NewEgress([]wire.Identity{{Platform: "Zulip"}}, 0)
	e.Remember(from("zulip", "c1", "s1", ""))
	for what, platform := range map[string]string{"the event's": "zulip", "the identity's": "Zulip", "none": ""} {
		got, err := e.Address(wire.NewSend("c1", "hi"), platform)
		if metadata, _ := got.Action.Field("metadata"); err != nil || got.Platform != "Zulip" || string(metadata) != `{"scope_id":"s1"}` {
			t.Errorf("with %s spelling: via %q with %s, %v", what, got.Platform, metadata, err)
		}
	}
}

func TestInThread(t *testing.T) {
	for _, tt := range []struct{ name, before, thread, after string }{
		{"no metadata", ``, "171.1", `{"thread_id":"171.1"}`},
		{"metadata", `{"n":1}`, "171.1", `{"n":1,"thread_id":"171.1"}`},
		{"no thread", ``, "", ``},
		{"a thread is named", `{"thread_id":"5"}`, "171.1", `{"thread_id":"5"}`},
		{"a thread is named in the older way", `{"thread_ts":"5"}`, "171.1", `{"thread_ts":"5"}`},
		{"a null thread", `{"thread_id":null}`, "171.1", `{"thread_id":"171.1"}`},
		{"metadata of another type", `"x"`, "171.1", `"x"`},
	} {
		a := wire.NewSend("c1", "hi")
		if tt.before != "" {
			a = a.With("metadata", json.RawMessage(tt.before))
		}
		if metadata, _ := adapter.InThread(a, tt.thread).Field("metadata"); string(metadata) != tt.after {
			t.Errorf("%s: %s, want %s", tt.name, metadata, tt.after)
		}
	}
}

func TestFormatHintsGoWhereTheyAreTurnedOnAndSupported(t *testing.T) {
	describe := func(platform string) *wire.Descriptor {
		return map[string]*wire.Descriptor{
			"":         {Platform: "discord", SupportsBlockFormatting: true, SupportedOps: []string{"send", "edit", "draft", "typing"}},
			"discord":  {Platform: "discord", SupportsBlockFormatting: true, SupportedOps: []string{"send", "edit", "draft", "typing"}},
			"telegram": {Platform: "telegram"},
		}[platform]
	}
	both := adapter.FormatHints{RichBlocks: true, MarkdownBlocks: true}
	for _, tt := range []struct {
		name     string
		platform string
		hints    adapter.FormatHints
		action   wire.Action
		metadata string
	}{
		{"not turned on", "discord", adapter.FormatHints{}, wire.NewSend("c1", "x"), ``},
		{"turned on", "discord", both, wire.NewSend("c1", "x"), `{"format_hints":{"rich_blocks":true,"markdown_blocks":true}}`},
		{"one of them", "discord", adapter.FormatHints{MarkdownBlocks: true}, wire.NewEdit("c1", "m", "x"), `{"format_hints":{"markdown_blocks":true}}`},
		{"a draft", "discord", adapter.FormatHints{RichBlocks: true}, wire.NewDraft("c1", 1, "x", false), `{"format_hints":{"rich_blocks":true}}`},
		{"to the session's default", "", both, wire.NewSend("c1", "x"), `{"format_hints":{"rich_blocks":true,"markdown_blocks":true}}`},
		{"no text", "discord", both, wire.NewTyping("c1"), ``},
		{"not supported", "telegram", both, wire.NewSend("c1", "x"), ``},
		{"no descriptor of the platform", "matrix", both, wire.NewSend("c1", "x"), ``},
		{"set by the caller", "discord", both, wire.NewSend("c1", "x").With("metadata", map[string]any{"format_hints": nil}), `{"format_hints":null}`},
	} {
		e := adapter.NewEgress(append(fronted, wire.Identity{Platform: "matrix"}), 0)
		for _, platform := range []string{"discord", "telegram", "Matrix"} {
			e.UseFormatHints(platform, tt.hints)
		}
		got, err := e.Prepare(tt.action, tt.platform, describe)
		if err != nil || len(got) != 1 {
			t.Fatalf("%s: %v", tt.name, err)
		}
		if metadata, _ := got[0].Action.Field("metadata"); string(metadata) != tt.metadata {
			t.Errorf("%s: %s, want %s", tt.name, metadata, tt.metadata)
		}
	}
}

func TestEgressForgetsTheChatThatWasLongestNotUsed(t *testing.T) {
	e := adapter.NewEgress(fronted, 2)
	e.Remember(from("discord", "c1", "g1", "u1"))
	e.Remember(from("discord", "c2", "g1", "u1"))
	used, _ := e.Address(wire.NewSend("c1", "hi"), "")
	e.Remember(from("discord", "c3", "g1", "u1"))
	forgotten, _ := e.Address(wire.NewSend("c2", "hi"), "")
	_, tagged := forgotten.Action.Field("metadata")
	again, _ := e.Address(wire.NewSend("c1", "hi"), "")
	if used.Platform != "discord" || forgotten.Platform != "" || tagged || again.Platform != "discord" {
		t.Errorf("used %q, forgotten %q, used again %q", used.Platform, forgotten.Platform, again.Platform)
	}
}

func TestAPlatformWithoutABotIsRefused(t *testing.T) {
	_, err := adapter.NewEgress(fronted, 0).Address(wire.NewSend("c1", "hi"), "slack")
	var refused *adapter.NotFrontedError
	if !errors.As(err, &refused) || refused.Platform != "slack" || !strings.Contains(err.Error(), "name one of discord, telegram") {
		t.Errorf("%v", err)
	}
}

// describe knows two platforms; the session's default is discord.
func describe(platform string) *wire.Descriptor {
	return map[string]*wire.Descriptor{
		"":         {Platform: "discord", MaxMessageLength: 30},
		"discord":  {Platform: "discord", MaxMessageLength: 30},
		"telegram": {Platform: "telegram", MaxMessageLength: 40, LenUnit: wire.UTF16, SupportedOps: []string{"send", "prompt"}},
	}[platform]
}

func TestPrepareSplitsByThePlatformOfTheChat(t *testing.T) {
	e := adapter.NewEgress(fronted, 0)
	e.Remember(from("telegram", "c2", "", "u2"))
	text := strings.Repeat("😀 ", 25)
	for chatID, want := range map[string]int{"c2": 3, "unknown": 3, "short": 1} {
		content := text
		if chatID == "short" {
			content = "hi"
		}
		envelopes, err := e.Prepare(wire.NewSend(chatID, content).With("reply_to", "m1"), "", describe)
		if err != nil || len(envelopes) != want {
			t.Fatalf("%s: %d messages, %v", chatID, len(envelopes), err)
		}
		for i, envelope := range envelopes {
			replyTo, _ := envelope.Action.Field("reply_to")
			if first := string(replyTo) == `"m1"`; first != (i == 0) || i > 0 && string(replyTo) != "null" {
				t.Errorf("%s: message %d replies to %s", chatID, i, replyTo)
			}
			if metadata, _ := envelope.Action.Field("metadata"); chatID == "c2" && (string(metadata) != `{"user_id":"u2"}` || envelope.Platform != "telegram") {
				t.Errorf("message %d goes by %q with %s", i, envelope.Platform, metadata)
			}
		}
	}
}

func TestPrepareRefusesAnOpThatIsNotOffered(t *testing.T) {
	e := adapter.NewEgress(fronted, 0)
	for _, tt := range []struct {
		op, platform string
		offered      bool
	}{
		{"send", "telegram", true},
		{"prompt", "telegram", true},
		{"edit", "telegram", false},
		{"get_chat_info", "telegram", true},
		{"edit", "discord", true},
		{"prompt", "discord", false},
		{"prompt", "", false},
	} {
		envelopes, err := e.Prepare(wire.NewAction(tt.op), tt.platform, describe)
		var refused *adapter.UnsupportedOpError
		if tt.offered != (err == nil) || tt.offered != (len(envelopes) == 1) || !tt.offered && !errors.As(err, &refused) {
			t.Errorf("%s on %q: %v, %v", tt.op, tt.platform, envelopes, err)
		}
		if refused != nil && (refused.Op != tt.op || refused.Platform != tt.platform ||
			!strings.Contains(err.Error(), tt.op)) {
			t.Errorf("%s on %q: %v", tt.op, tt.platform, err)
		}
	}
	if _, err := e.Prepare(wire.NewSend("c1", "hi"), "slack", describe); !errors.As(err, new(*adapter.NotFrontedError)) {
		t.Errorf("a platform without a bot: %v", err)
	}
}

func TestBeforeAnyDescriptorTheOldOpsAreOffered(t *testing.T) {
	none := func(string) *wire.Descriptor { return nil }
	e := adapter.NewEgress(fronted, 0)
	envelopes, err := e.Prepare(wire.NewSend("c1", strings.Repeat("a", wire.DefaultMaxMessageLength+1)), "", none)
	if err != nil || len(envelopes) != 2 {
		t.Errorf("%d messages, %v", len(envelopes), err)
	}
	if _, err := e.Prepare(wire.NewDelete("c1", "m1"), "", none); err == nil {
		t.Error("a new op is offered")
	}
}

func TestOnlyMessagesAreSplit(t *testing.T) {
	d := &wire.Descriptor{MaxMessageLength: 30}
	long := strings.Repeat("word ", 20)
	for _, tt := range []struct {
		action wire.Action
		parts  bool
	}{
		{wire.NewSend("c1", long), true},
		{wire.NewFollowUp("key", "discord.interaction_token", long), true},
		{wire.NewEdit("c1", "m1", long), false},
		{wire.NewPrompt("c1", "choice", "a.b", long, nil), false},
	} {
		if got := adapter.Split(tt.action, d); (len(got) > 1) != tt.parts {
			t.Errorf("%s makes %d actions", tt.action.Op(), len(got))
		}
	}
	if got := adapter.Split(wire.NewSend("c1", long), d); func() bool { _, has := got[1].Field("reply_to"); return has }() {
		t.Error("a message that replies to nothing got a reply_to")
	}
}

func TestEgressServesManySessionsAtOnce(t *testing.T) {
	e := adapter.NewEgress(fronted, 8)
	var wg sync.WaitGroup
	for i := range 16 {
		wg.Go(func() {
			for n := range 100 {
				id := fmt.Sprint("c", (i+n)%12)
				e.Remember(from("discord", id, "g-"+id, "u-"+id))
				got, err := e.Address(wire.NewSend(id, "hi"), "")
				metadata, tagged := got.Action.Field("metadata")
				if want := fmt.Sprintf(`{"scope_id":"g-%s","user_id":"u-%s"}`, id, id); err != nil || tagged && string(metadata) != want {
					t.Errorf("%s, %v", metadata, err)
				}
			}
		})
	}
	wg.Wait()
}
