package wire_test

import (
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"

	"hermod/wire"
)

func TestTypedActions(t *testing.T) {
	for want, a := range map[string]wire.Action{
		`{"op":"send","chat_id":"c","content":"é\n\"<>\""}`:                                    wire.NewSend("c", "é\n\"<>\""),
		`{"op":"edit","chat_id":"c","message_id":"m","content":"x"}`:                           wire.NewEdit("c", "m", "x"),
		`{"op":"typing","chat_id":"c"}`:                                                        wire.NewTyping("c"),
		`{"op":"follow_up","session_key":"k","kind":"discord.x","content":"x"}`:                wire.NewFollowUp("k", "discord.x", "x"),
		`{"op":"get_chat_info","chat_id":"c"}`:                                                 wire.NewGetChatInfo("c"),
		`{"op":"send_media","chat_id":"c","media_kind":"image","source_url":"u","content":""}`: wire.NewSendMedia("c", "image", "u", ""),
		`{"op":"prompt","chat_id":"c","prompt_kind":"choice","prompt_id":"p","content":"x","options":[]}`: wire.NewPrompt(
			"c", "choice", "p", "x", nil),
		`{"op":"prompt","chat_id":"c","prompt_kind":"choice","prompt_id":"p","content":"x",` +
			`"options":[{"id":"a","label":"A & B"},{"id":"b","label":"B","style":"danger"}]}`: wire.NewPrompt("c", "choice", "p", "x",
			[]wire.PromptOption{{ID: "a", Label: "A & B"}, {ID: "b", Label: "B", Style: "danger"}}),
		`{"op":"react","chat_id":"c","message_id":"m","emoji":"👍","remove":true}`:   wire.NewReact("c", "m", "👍", true),
		`{"op":"thread_create","chat_id":"c","thread_name":"n"}`:                    wire.NewThreadCreate("c", "n"),
		`{"op":"thread_rename","chat_id":"c","message_id":"t","thread_name":"a b"}`: wire.NewThreadRename("c", "t", " a \n b", wire.RenameGuard{}),
		`{"op":"thread_rename","chat_id":"t","message_id":"t","thread_name":"n","only_if_connector_created":true}`: wire.NewThreadRename(
			"", "t", "n", wire.RenameGuard{ConnectorCreated: true, CurrentName: "old"}),
		`{"op":"thread_rename","chat_id":"c","message_id":"t","thread_name":"n","only_if_current_name":"old"}`: wire.NewThreadRename(
			"c", "t", "n", wire.RenameGuard{CurrentName: "old"}),
		`{"op":"draft","chat_id":"c","draft_id":7,"content":"He","final":false}`:    wire.NewDraft("c", 7, "He", false),
		`{"op":"draft","chat_id":"c","draft_id":-7,"content":"Hello","final":true}`: wire.NewDraft("c", -7, "Hello", true),
		`{"op":"task_card","chat_id":"c","card_id":"turn:171.1","chunks":[]}`:       wire.NewTaskCard("c", wire.TaskCardID("171.1"), nil),
		`{"op":"task_card","chat_id":"c","card_id":"k","chunks":[{"id":"1"},{"title":"<b>"}]}`: wire.NewTaskCard("c", "k",
			[]json.RawMessage{[]byte(`{"id":"1"}`), []byte(`{"title":"<b>"}`)}),
		`{"op":"task_card_stop","chat_id":"c","card_id":"k"}`: wire.NewTaskCardStop("c", "k"),
		`{"op":"delete","chat_id":"c","message_id":"m"}`:      wire.NewDelete("c", "m"),
	} {
		if got := string(a.AppendJSON(nil)); got != want || a.Size() != len(want) || a.Err() != nil {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

func TestANameOfAThreadIsOneLineOfAHundredUnits(t *testing.T) {
	for name, want := range map[string]string{
		strings.Repeat("x", 101):        strings.Repeat("x", 100),
		strings.Repeat("😀", 51):         strings.Repeat("😀", 50),
		"x" + strings.Repeat("😀", 50):   "x" + strings.Repeat("😀", 49),
		strings.Repeat("x", 99) + " yz": strings.Repeat("x", 99),
		"\tfix \u00a0 the\nbuild ":      "fix the build",
	} {
		for _, a := range []wire.Action{wire.NewThreadRename("c", "t", name, wire.RenameGuard{}), wire.NewThreadCreate("c", name)} {
			var got string
			raw, _ := a.Field("thread_name")
			if json.Unmarshal(raw, &got) != nil || got != want || a.Err() != nil {
				t.Errorf("%q is %s (%v), want %q", name, raw, a.Err(), want)
			}
		}
	}
	for what, a := range map[string]wire.Action{
		"a rename to nothing":       wire.NewThreadRename("c", "t", " \n", wire.RenameGuard{}),
		"a rename of no thread":     wire.NewThreadRename("c", "", "n", wire.RenameGuard{}),
		"a thread without a name":   wire.NewThreadCreate("c", "\t"),
		"a card of a broken object": wire.NewTaskCard("c", "k", []json.RawMessage{[]byte(`{`)}),
	} {
		if a.Err() == nil {
			t.Errorf("%s is an action: %s", what, a.AppendJSON(nil))
		}
	}
}

func TestWithAddsAndReplacesAndLeavesTheOriginal(t *testing.T) {
	first := wire.NewSend("c", "x")
	second := first.With("content", "y").With("metadata", map[string]any{"n": 1, "s": "<b>"}).With("op", "draft")
	third := second.With("metadata", json.RawMessage("{\n}")).With("é\"", nil)
	for want, a := range map[string]wire.Action{
		`{"op":"send","chat_id":"c","content":"x"}`:                               first,
		`{"op":"draft","chat_id":"c","content":"y","metadata":{"n":1,"s":"<b>"}}`: second,
		`{"op":"draft","chat_id":"c","content":"y","metadata":{},"é\"":null}`:     third,
		`{"a":2,"b":3}`: parseAction(t, ` {"a":1, "a":5, "b" : 3} `).With("a", 2),
		`{"k":1}`:       wire.Action{}.With("k", 1),
	} {
		if got := string(a.AppendJSON(nil)); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
	if second.Op() != "draft" || first.Op() != "send" {
		t.Errorf("ops %q and %q", first.Op(), second.Op())
	}
	if v, ok := second.Field("metadata"); !ok || string(v) != `{"n":1,"s":"<b>"}` {
		t.Errorf("metadata %s", v)
	}
	if _, ok := second.Field("nope"); ok {
		t.Error("found a field that is not there")
	}
}

func parseAction(t *testing.T, raw string) wire.Action {
	t.Helper()
	a, err := wire.ParseAction([]byte(raw))
	if err != nil {
		t.Fatalf("ParseAction(%s): %v", raw, err)
	}
	return a
}

func TestWithReportsWhatCannotBeEncoded(t *testing.T) {
	for _, value := range []any{make(chan int), math.NaN(), func() {}, json.RawMessage(`{nope`)} {
		a := wire.NewSend("c", "x").With("bad", value).With("good", 1)
		if a.Err() == nil || !strings.Contains(a.Err().Error(), `"bad"`) {
			t.Errorf("%T: error %v", value, a.Err())
		}
		if got := string(a.AppendJSON(nil)); got != `{"op":"send","chat_id":"c","content":"x","good":1}` {
			t.Errorf("%T: %s", value, got)
		}
		if _, err := a.MarshalJSON(); err == nil {
			t.Errorf("%T: encodes without an error", value)
		}
	}
}

func TestParseActionTakesAnyObject(t *testing.T) {
	for raw, want := range map[string]string{
		`{}`: `{}`, ` {"op":"new_op","x":[1, 2]}` + "\r\n": `{"op":"new_op","x":[1, 2]}`, "{\"a\":\n1}": `{"a":1}`, `{"op":5}`: `{"op":5}`,
	} {
		if got := string(parseAction(t, raw).AppendJSON(nil)); got != want {
			t.Errorf("%q is %s", raw, got)
		}
	}
	for _, raw := range []string{``, `[]`, `null`, `"x"`, `{`, `{"a":1}x`, "{\"a\":\"\xff\"}"} {
		var bad *wire.DecodeError
		if _, err := wire.ParseAction([]byte(raw)); !errors.As(err, &bad) {
			t.Errorf("%q gave %v", raw, err)
		}
	}
}

func TestParseActionBoundsTheSize(t *testing.T) {
	head, tail := `{"op":"send","content":"`, `"}`
	fits := head + strings.Repeat("x", wire.MaxAction-len(head)-len(tail)) + tail
	frame := wire.AppendOutbound(nil, wire.NewRequestID(), parseAction(t, fits), "discord", "b")
	if len(frame) >= 1<<20 {
		t.Errorf("the largest action makes a frame of %d bytes", len(frame))
	}
	var tooLarge *wire.FrameTooLargeError
	if _, err := wire.ParseAction([]byte(fits + " ")); !errors.As(err, &tooLarge) || tooLarge.Limit != wire.MaxAction {
		t.Errorf("one byte more gave %v", err)
	}
}

func TestActionsShareNoMemoryWithTheirInput(t *testing.T) {
	raw := []byte(`{"op":"send"}`)
	a, _ := wire.ParseAction(raw)
	copy(raw, "#############")
	if a.Op() != "send" {
		t.Error("the action changed with its input")
	}
}
