package adapter_test

import (
	"testing"

	"hermod/gateway/adapter"
	"hermod/wire"
)

func TestSlackParentCommand(t *testing.T) {
	subcommands := []string{"model", "/status", "compact"}
	for _, tt := range []struct {
		text, want string
		kind       wire.MessageType
	}{
		{"/hermes model gpt", "/model gpt", wire.TypeCommand},
		{"  /hermes\tstatus  ", "/status", wire.TypeCommand},
		{"/hermes model  a\nb ", "/model a\nb", wire.TypeCommand},
		{"/hermes compact", "/compress", wire.TypeCommand},
		{"/hermes compact now", "/compress now", wire.TypeCommand},
		{"/hermes", "/help", wire.TypeCommand},
		{"/hermes   ", "/help", wire.TypeCommand},
		{"/hermes what is up", "what is up", wire.TypeText},
		{"/hermes Model gpt", "Model gpt", wire.TypeText},
		{"/hermes /new", "/new", wire.TypeCommand},
		{"/hermesx hi", "/hermesx hi", wire.TypePhoto},
		{"hi /hermes model", "hi /hermes model", wire.TypePhoto},
		{"", "", wire.TypePhoto},
	} {
		e := &wire.Event{Text: tt.text, MessageType: wire.TypePhoto, Source: wire.Source{Platform: "slack"}}
		text, kind := adapter.SlackParentCommand(e, subcommands)
		if text != tt.want || kind != tt.kind || e.Text != tt.text {
			t.Errorf("%q is %q of type %s, want %q of type %s", tt.text, text, kind, tt.want, tt.kind)
		}
	}
}

func TestSlackParentCommandIsSlacksAlone(t *testing.T) {
	for name, e := range map[string]*wire.Event{
		"another platform": {Text: "/hermes help", MessageType: wire.TypeCommand, Source: wire.Source{Platform: "discord"}},
		"an answer": (&wire.Event{Text: "/hermes help", MessageType: wire.TypeCommand, Source: wire.Source{Platform: "slack"}}).
			SetExtras(wire.Extras{PromptResponse: []byte(`{}`)}),
	} {
		if text, kind := adapter.SlackParentCommand(e, nil); text != "/hermes help" || kind != wire.TypeCommand {
			t.Errorf("%s: %q of type %s", name, text, kind)
		}
	}
}
