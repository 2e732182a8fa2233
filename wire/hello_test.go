package wire_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"hermod/wire"
)

func TestAHelloIsCheckedBeforeItIsSent(t *testing.T) {
	room := wire.MaxGatewayFrame - len(wire.AppendHello(nil, wire.Hello{Platform: "discord", Commands: []wire.Command{{Name: "a"}}}))
	filled := func(description int) []wire.Command {
		return []wire.Command{{Name: "a", Description: strings.Repeat("x", description)}}
	}
	for _, tt := range []struct {
		name  string
		hello wire.Hello
		field string
	}{
		{"the smallest", wire.Hello{Platform: "p"}, ""},
		{"options", wire.Hello{Platform: "discord", Commands: []wire.Command{{Options: json.RawMessage("[{\"a\":\n1}]")}}}, ""},
		{"no options", wire.Hello{Platform: "discord", Commands: []wire.Command{{Options: json.RawMessage{}}}}, ""},
		{"exactly at the limit", wire.Hello{Platform: "discord", Commands: filled(room)}, ""},
		{"one byte over", wire.Hello{Platform: "discord", Commands: filled(room + 1)}, "Commands"},
		{"a manifest that is not sent", wire.Hello{Platform: "slack", Commands: filled(room + 1)}, ""},
		{"a long bot id", wire.Hello{Platform: "slack", BotID: strings.Repeat("x", 2<<20)}, "Identities"},
		{"escapes count", wire.Hello{Platform: "discord", Commands: []wire.Command{{Name: strings.Repeat("\x01", 200_000)}}}, "Commands"},
		{"cut options", wire.Hello{Platform: "discord", Commands: []wire.Command{{}, {Options: json.RawMessage("[{")}}}, "Commands[1].Options"},
		{"options of two values", wire.Hello{Commands: []wire.Command{{Options: json.RawMessage("[] []")}}}, "Commands[0].Options"},
		{"options that break out", wire.Hello{Commands: []wire.Command{{Options: json.RawMessage(`[]},{"name":"x"`)}}}, "Commands[0].Options"},
		{"options of space", wire.Hello{Commands: []wire.Command{{Options: json.RawMessage(" ")}}}, "Commands[0].Options"},
		{"invalid UTF-8", wire.Hello{Commands: []wire.Command{{Options: json.RawMessage("\"\xff\"")}}}, "Commands[0].Options"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := tt.hello.Validate()
			if tt.field == "" {
				if frame := wire.AppendHello(nil, tt.hello); err != nil || !json.Valid(frame) || len(frame) > wire.MaxGatewayFrame {
					t.Errorf("%v, a frame of %d bytes", err, len(frame))
				}
				return
			}
			var config *wire.ConfigError
			if !errors.As(err, &config) || config.Field != tt.field || len(err.Error()) > 200 {
				t.Errorf("error %.300v, want one of %s", err, tt.field)
			}
		})
	}
}

func TestCommandsWithoutANameAreDropped(t *testing.T) {
	h, err := wire.DecodeHello([]byte(`{"type":"hello","command_manifest":[{},{"name":""},{"name":"a"},{"description":"d"},5]}`))
	if err != nil || len(h.Commands) != 1 || h.Commands[0].Name != "a" {
		t.Errorf("%+v, %v", h, err)
	}
}
