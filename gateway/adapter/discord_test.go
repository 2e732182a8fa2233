package adapter_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"hermod/gateway/adapter"
	"hermod/wire"
)

func interaction(t *testing.T, body string) *wire.Event {
	t.Helper()
	e, err := adapter.DecodeInteraction(&wire.Forward{Platform: "discord", Body: []byte(body)})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestInteractionText(t *testing.T) {
	for _, tt := range []struct {
		name, body, want string
		kind             wire.MessageType
	}{
		{name: "a command", body: `{"type":2,"data":{"name":"status"}}`, want: "/status", kind: wire.TypeCommand},
		{
			name: "values of every type", kind: wire.TypeCommand, want: "/set 1 2.5 True words of mine",
			body: `{"type":2,"data":{"name":"set","options":[{"type":4,"value":1},{"type":10,"value":2.5},{"type":5,"value":true},
				{"type":3,"value":" words of mine "},{"type":3,"value":null},{"type":3,"value":"  "},{"type":3,"value":{"a":1}},7]}}`,
		},
		{
			name: "subcommands", kind: wire.TypeCommand, want: "/role add ben",
			body: `{"type":2,"data":{"name":"role","options":[{"type":1,"name":"add","options":[{"type":6,"value":"ben"}]}]}}`,
		},
		{name: "a command without a name", body: `{"type":2,"data":{"name":""}}`, kind: wire.TypeText},
		{name: "options that are no list", body: `{"type":2,"data":{"name":"a","options":{"value":1}}}`, want: "/a", kind: wire.TypeCommand},
		{name: "another's button", body: `{"type":3,"data":{"custom_id":"vote"}}`, want: "vote", kind: wire.TypeText},
		{
			name: "a form", kind: wire.TypeText, want: "title=A bug\nbody=It broke.\nTwice.\nkinds=ui,api\nagree=True",
			body: `{"type":5,"data":{"custom_id":"report","components":[
				{"type":1,"components":[{"type":4,"custom_id":"title","value":"A bug"}]},
				{"type":18,"component":{"type":4,"custom_id":"body","value":"It broke.\nTwice."}},
				{"type":18,"component":{"type":3,"custom_id":"kinds","values":["ui","api"]}},
				{"type":18,"component":{"type":23,"custom_id":"agree","value":true}},
				{"type":10}, null]}}`,
		},
		{name: "data that is no object", body: `{"type":2,"data":[]}`, kind: wire.TypeText},
		{name: "a ping", body: `{"type":1}`, kind: wire.TypeText},
		{name: "an autocompletion", body: `{"type":4,"data":{"name":"status"}}`, kind: wire.TypeText},
		{name: "a type that is a string", body: `{"type":"2","data":{"name":"status"}}`, want: "/status", kind: wire.TypeCommand},
	} {
		e := interaction(t, tt.body)
		if e.Text != tt.want || e.MessageType != tt.kind || e.Extras().PromptResponse != nil {
			t.Errorf("%s: %q of type %s, %s\nwant %q", tt.name, e.Text, e.MessageType, e.Extras().PromptResponse, tt.want)
		}
	}
}

func TestInteractionSource(t *testing.T) {
	const user = `{"id":"u1","username":"ben","global_name":"Ben B."}`
	for _, tt := range []struct {
		name, body, key string
		want            wire.Source
	}{
		{
			name: "a guild", body: `{"id":"i1","channel_id":"c1","guild_id":"g1","member":{"nick":"Benny","user":` + user + `}}`,
			want: wire.Source{ChatType: "group", ScopeID: "g1", UserName: "Benny"}, key: "agent:main:discord:group:c1:u1",
		},
		{
			name: "a direct message", body: `{"id":"i1","channel_id":"c1","user":` + user + `}`,
			want: wire.Source{ChatType: "dm", UserName: "Ben B."}, key: "agent:main:discord:dm:c1",
		},
		{
			name: "a thread", body: `{"id":"i1","channel_id":"c1","guild_id":"g1","channel":{"type":11,"parent_id":"p1"},"member":{"user":` + user + `}}`,
			want: *(&wire.Source{ChatType: "thread", ScopeID: "g1", UserName: "Ben B.", ThreadID: "c1"}).
				SetExtras(wire.SourceExtras{ParentChatID: "p1"}),
			key: "agent:main:discord:thread:c1:c1",
		},
		{
			name: "a channel that is no thread", body: `{"id":"i1","channel_id":"c1","guild_id":"g1","channel":{"type":0,"parent_id":"p1"},"member":{"user":` + user + `}}`,
			want: wire.Source{ChatType: "group", ScopeID: "g1", UserName: "Ben B."}, key: "agent:main:discord:group:c1:u1",
		},
	} {
		want := tt.want
		want.Platform, want.OriginalPlatform, want.ChatID, want.MessageID = "discord", "discord", "c1", "i1"
		want.UserID, want.UserHandle = "u1", "ben"
		e := interaction(t, tt.body)
		if !reflect.DeepEqual(e.Source, want) || e.MessageID != "i1" || e.DedupeKey() != "discord:c1:i1" {
			t.Errorf("%s: %+v, message %q\nwant %+v", tt.name, e.Source, e.MessageID, want)
		}
		if key := wire.SessionKey(&e.Source, wire.SessionKeyOptions{}); key != tt.key {
			t.Errorf("%s: session %s, want %s", tt.name, key, tt.key)
		}
	}
}

func TestAnInteractionKeepsWhatAnEventHasNoPlaceFor(t *testing.T) {
	for _, tt := range []struct {
		name, body, pressed string
		fields              []adapter.FormField
	}{
		{name: "a command", body: `{"id":"i1","type":2,"data":{"name":"a"},"message":{"id":"m1"}}`},
		{name: "a button", body: `{"id":"i1","type":3,"data":{"custom_id":"vote"},"message":{"id":"m1"}}`, pressed: "m1"},
		{name: "a button of a prompt", body: `{"id":"i1","type":3,"data":{"custom_id":"hp1:a.b:c"},"message":{"id":7}}`, pressed: "7"},
		{name: "a button of no message", body: `{"id":"i1","type":3,"data":{"custom_id":"vote"},"message":null}`},
		{
			name: "a form", body: `{"id":"i1","type":5,"message":{"id":"m1"},"data":{"custom_id":"form","components":[
				{"type":1,"components":[{"type":4,"custom_id":"answer","value":"café\n東京"},{"type":4,"custom_id":"optional","value":""}]},
				{"type":18,"component":{"type":3,"custom_id":"kinds","values":["ui","api"]}},
				{"type":18,"component":{"type":3,"custom_id":"none","values":[]}},
				{"type":4,"value":"a field without id"}]}}`,
			fields: []adapter.FormField{
				{CustomID: "answer", Value: "café\n東京"}, {CustomID: "optional"},
				{CustomID: "kinds", Value: "ui,api", Values: []string{"ui", "api"}}, {CustomID: "none", Values: []string{}},
			},
		},
	} {
		got, err := adapter.ReadInteraction(&wire.Forward{Platform: "discord", Body: []byte(tt.body)})
		if err != nil || got.PressedMessageID != tt.pressed || !reflect.DeepEqual(got.Fields, tt.fields) {
			t.Errorf("%s: message %q, fields %+v, %v", tt.name, got.PressedMessageID, got.Fields, err)
		}
		if got.Event.MessageID != "i1" || got.Event.Source.MessageID != "i1" {
			t.Errorf("%s: the event's message is %q, its source's %q", tt.name, got.Event.MessageID, got.Event.Source.MessageID)
		}
	}
}

func TestInteractionTakesTheProfileOfItsForward(t *testing.T) {
	e, err := adapter.DecodeInteraction(&wire.Forward{Platform: " Discord ", Body: []byte(`{"channel_id":"c1"}`), Profile: "work"})
	if err != nil || wire.SessionKey(&e.Source, wire.SessionKeyOptions{}) != "agent:work:discord:dm:c1" {
		t.Errorf("%+v, %v", e, err)
	}
}

func TestButtonOfAPromptIsItsAnswer(t *testing.T) {
	p := adapter.NewPrompts[string](adapter.PromptsConfig{})
	token, err := adapter.PromptToken(ask(t, p, "deploy"), "yes")
	if err != nil {
		t.Fatal(err)
	}
	e := interaction(t, `{"type":3,"data":{"custom_id":"`+token+`"},"message":{"id":"m7"}}`)
	answer, ok := p.Answer(e)
	if !ok || answer.Verdict != adapter.Answered || answer.State != "deploy" || answer.OptionID != "yes" || answer.MessageID != "m7" {
		t.Errorf("%v %+v", ok, answer)
	}
	if e.Text != "/yes" || e.MessageType != wire.TypeCommand {
		t.Errorf("%q of type %s", e.Text, e.MessageType)
	}
	if e := interaction(t, `{"type":3,"data":{"custom_id":"`+token+`"}}`); !strings.Contains(string(e.Extras().PromptResponse), `"prompt_message_id":null`) {
		t.Errorf("without a message: %s", e.Extras().PromptResponse)
	}
}

func TestWhatIsNoInteractionIsRefused(t *testing.T) {
	for _, tt := range []struct{ platform, body, want string }{
		{"telegram", `{"type":2}`, "platform has no such interactions"},
		{"", `{"type":2}`, "platform has no such interactions"},
		{"discord", ``, "not a JSON object"},
		{"discord", `[{"secret":1}]`, "not a JSON object"},
		{"discord", `null`, "not a JSON object"},
		{"discord", "{\"a\":\"\xff\"}", "not a JSON object in UTF-8"},
		{"discord", `{"type":2} {}`, "not a JSON object"},
	} {
		e, err := adapter.DecodeInteraction(&wire.Forward{Platform: tt.platform, Body: []byte(tt.body)})
		var refused *adapter.InteractionError
		if !errors.As(err, &refused) || e != nil || refused.Size != len(tt.body) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s %q: %v, %v", tt.platform, tt.body, e, err)
		}
		if strings.Contains(err.Error(), "secret") {
			t.Errorf("the error shows the content: %v", err)
		}
	}
}

func TestDeepInteractionsAreReadToABound(t *testing.T) {
	const depth = 2000
	deep := strings.Repeat(`{"type":1,"name":"s","options":[`, depth) + strings.Repeat(`]}`, depth)
	if e := interaction(t, `{"type":2,"data":{"name":"a","options":[`+deep+`]}}`); e.Text != "/a s s s s s s s s" {
		t.Errorf("%.100q", e.Text)
	}
	deep = strings.Repeat(`{"component":`, depth) + `{"custom_id":"a","value":"b"}` + strings.Repeat(`}`, depth)
	if e := interaction(t, `{"type":5,"data":`+deep+`}`); e.Text != "" {
		t.Errorf("%.100q", e.Text)
	}
}

func FuzzDecodeInteraction(f *testing.F) {
	f.Add([]byte(`{"id":"i1","channel_id":"c1","guild_id":"g1","channel":{"type":12},"member":{"user":{"id":1}},"type":2,"data":{"name":"a","options":[{"value":1}]}}`))
	f.Add([]byte(`{"type":3,"data":{"custom_id":"hp1:a:b"},"message":{"id":"\ud800"}}`))
	f.Add([]byte(`{"type":5,"data":{"components":[{"component":{"custom_id":"a","values":["b",null]}}]}}`))
	f.Add([]byte(`[]`))
	f.Fuzz(func(t *testing.T, body []byte) {
		e, err := adapter.DecodeInteraction(&wire.Forward{Platform: "discord", Body: body})
		var members map[string]json.RawMessage
		isObject := utf8.Valid(body) && json.Unmarshal(body, &members) == nil && members != nil
		if isObject != (err == nil) {
			t.Fatalf("an object: %v, error %v", isObject, err)
		}
		if err != nil {
			return
		}
		again, err := wire.ParseEvent(e.AppendJSON(nil))
		if err != nil || again.Text != e.Text || again.MessageType != e.MessageType ||
			again.Source.ChatType != e.Source.ChatType ||
			wire.SessionKey(&again.Source, wire.SessionKeyOptions{}) != wire.SessionKey(&e.Source, wire.SessionKeyOptions{}) {
			t.Errorf("%+v is read again as %+v, %v", e, again, err)
		}
		if (len(e.Extras().PromptResponse) > 0) != (len(again.Extras().PromptResponse) > 0) {
			t.Errorf("prompt response %s is read again as %s", e.Extras().PromptResponse, again.Extras().PromptResponse)
		}
	})
}
