package record_test

import (
	"testing"

	json "github.com/goccy/go-json"

	"hermod/actors"
	"hermod/cmd/hermod/internal/record"
	"hermod/wire"
)

// member returns one member of a record as JSON, "" when it is not there.
func member(t *testing.T, line []byte, name string) string {
	t.Helper()
	parse(t, line)
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(line, &fields); err != nil {
		t.Fatal(err)
	}
	return string(fields[name])
}

func TestAnEventsRecordHasWhatFollowsFromIt(t *testing.T) {
	for _, tt := range []struct{ name, event, derived, reply string }{
		{"nothing", `{"text":"hi"}`, `{}`, ``},
		{"a direct message", `{"text":"hi","message_id":"m1","source":{"platform":"discord","chat_id":"d1","user_id":"u1","user_name":"ben"}}`,
			`{"user_name":"ben","source_message_id":"m1"}`,
			`{"action":{"chat_id":"d1","metadata":{"user_id":"u1"}},"platform":"discord"}`},
		{"a platform that is not known", `{"source":{"platform":"nosuch","chat_id":"d1"}}`, `{}`,
			`{"action":{"chat_id":"d1","metadata":{}}}`},
		{"media in another order", `{"media_urls":["u1","u2","u3"],"media":[{"url":"u3","mime":"c"},{"url":"u1","mime":"a"}]}`,
			`{"media_types":["a","","c"]}`, ``},
		{"a context", `{"context":[{"text":"before","source":{"user_name":"ann"}},5,{"text":"then"}]}`,
			`{"channel_context":"[Recent channel messages]\nann: before\nthen"}`, ``},
		{"the shown name and the scope of an older connector", `{"source":{"user_name":"ben","user_display_name":"Ben <B>","guild_id":"g1"}}`,
			`{"user_name":"Ben <B>","scope_id":"g1"}`, ``},
		{"a profile and a thread", `{"source":{"platform":"telegram","chat_id":"c1","chat_type":"forum","thread_id":"17","profile":"coder","scope_id":"s1"}}`,
			`{"scope_id":"s1"}`, `{"action":{"chat_id":"c1","metadata":{"scope_id":"s1","profile":"coder","thread_id":"17"}},"platform":"telegram"}`},
		{"the default profile", `{"source":{"platform":"discord","chat_id":"c1","profile":"default"}}`, `{}`,
			`{"action":{"chat_id":"c1","metadata":{}},"platform":"discord"}`},
		{"a message on Slack", `{"text":"hi","message_id":"171.1","source":{"platform":"slack","chat_id":"D1"}}`,
			`{"source_message_id":"171.1"}`, `{"action":{"chat_id":"D1","metadata":{"thread_id":"171.1"}},"platform":"slack"}`},
		{"a subcommand on Slack", `{"text":"/hermes model gpt","message_type":"command","source":{"platform":"slack"}}`,
			`{"text":"/model gpt","message_type":"command"}`, ``},
		{"another text on Slack", `{"text":"/hermes what is up","message_type":"command","source":{"platform":"slack"}}`,
			`{"text":"what is up","message_type":"text"}`, ``},
		{"another platform's command", `{"text":"/hermes model gpt","message_type":"command","source":{"platform":"discord"}}`, `{}`, ``},
	} {
		event, err := wire.ParseEvent([]byte(tt.event))
		if err != nil {
			t.Fatal(err)
		}
		line := record.Inbound(record.Origin{}, &actors.Inbound{Event: event, SessionKey: "s", BufferID: "7"}, "model")
		if derived, reply := member(t, line, "derived"), member(t, line, "reply"); derived != tt.derived || reply != tt.reply {
			t.Errorf("%s: derived %s\nreply %s\nwant %s\nand %s", tt.name, derived, reply, tt.derived, tt.reply)
		}
		if raw := member(t, line, "event"); raw != string(event.AppendJSON(nil)) || member(t, line, "bufferId") != `"7"` {
			t.Errorf("%s: the event is %s", tt.name, raw)
		}
	}
}

func TestAnInteractionsRecordIsReadAsAnEventToo(t *testing.T) {
	forward := &wire.Forward{Platform: "discord", Body: []byte(`{"id":"i1","type":5,"channel_id":"c1","guild_id":"g1",
		"member":{"user":{"id":"u1","username":"ben"}},"data":{"components":[{"custom_id":"a","value":""},{"custom_id":"b","values":["x","y"]}]}}`)}
	line := record.Passthrough(record.Origin{}, &actors.Passthrough{Forward: forward})
	interaction := []byte(member(t, line, "interaction") + "\n")
	event, err := wire.ParseEvent([]byte(member(t, interaction, "event")))
	if err != nil || event.Text != "a=\nb=x,y" || event.Source.ChatID != "c1" {
		t.Errorf("event %+v, %v", event, err)
	}
	for name, want := range map[string]string{
		"session_key":        `"agent:main:discord:group:c1:u1"`,
		"derived":            `{"user_name":"ben","scope_id":"g1","source_message_id":"i1"}`,
		"reply":              `{"action":{"chat_id":"c1","metadata":{"scope_id":"g1","user_id":"u1"}},"platform":"discord"}`,
		"fields":             `[{"custom_id":"a","value":""},{"custom_id":"b","value":"x,y","values":["x","y"]}]`,
		"pressed_message_id": ``,
	} {
		if got := member(t, interaction, name); got != want {
			t.Errorf("%s is %s, want %s", name, got, want)
		}
	}
	pressed := &wire.Forward{Platform: "discord", Body: []byte(`{"type":3,"message":{"id":"m1"},"data":{"custom_id":"vote"}}`)}
	line = record.Passthrough(record.Origin{}, &actors.Passthrough{Forward: pressed})
	if got := member(t, []byte(member(t, line, "interaction")+"\n"), "pressed_message_id"); got != `"m1"` {
		t.Errorf("the pressed message is %s", got)
	}
	for _, other := range []*wire.Forward{{Platform: "slack", Body: []byte(`{}`)}, {Platform: "discord", Body: []byte(`[`)}} {
		line := record.Passthrough(record.Origin{}, &actors.Passthrough{Forward: other})
		if got := member(t, line, "interaction"); got != "" || member(t, line, "forward") == "" {
			t.Errorf("%s: the interaction is %s", other.Body, got)
		}
	}
}

func FuzzARecordIsOneLineOfJSON(f *testing.F) {
	f.Add(`{"text":"/hermes compact","message_type":"command","media_urls":["u"],"source":{"platform":"slack","chat_id":"c"}}`, []byte(`{"type":2,"data":{"name":"a"}}`))
	f.Add(`{"context":[{"text":"\u2028"}],"source":{"user_handle":"\ud800"}}`, []byte(`{"type":5,"data":{"value":1,"custom_id":"\u2029"}}`))
	f.Fuzz(func(t *testing.T, event string, body []byte) {
		if e, err := wire.ParseEvent([]byte(event)); err == nil {
			parse(t, record.Inbound(record.Origin{ID: "a", Bot: "b"}, &actors.Inbound{Event: e}, "model"))
		}
		forward := &wire.Forward{Platform: "discord", Body: body}
		parse(t, record.Passthrough(record.Origin{}, &actors.Passthrough{Forward: forward}))
	})
}
