package wire_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"regexp"
	"strings"
	"testing"

	"hermod/wire"
)

func ptr(s string) *string { return &s }

func TestFramesAreWrittenAsTheProtocolSays(t *testing.T) {
	descriptor := &wire.Descriptor{
		ContractVersion: 1, Platform: "discord", Label: "Discord", MaxMessageLength: 2000, SupportsEdit: true,
		MarkdownDialect: "discord", LenUnit: wire.UTF16, Emoji: "🔌", SupportedOps: []string{"send"},
	}
	for want, got := range map[string][]byte{
		`{"type":"hello","platform":"telegram","botId":""}`: wire.AppendHello(nil, wire.Hello{
			Platform: "telegram", Commands: []wire.Command{{Name: "left out"}}}),
		`{"type":"hello","platform":"discord","botId":"b\"1"}`: wire.AppendHello(nil, wire.Hello{Platform: "discord", BotID: `b"1`}),
		`{"type":"hello","platform":"discord","botId":"b","command_manifest":[{"name":"a","description":"d"},` +
			`{"name":"b","description":"","options":[{"name":"x"}]}]}`: wire.AppendHello(nil, wire.Hello{
			Platform: "discord", BotID: "b", Commands: []wire.Command{
				{Name: "a", Description: "d"}, {Name: "b", Options: json.RawMessage("[{\"name\":\r\n\"x\"}]")}}}),
		`{"type":"outbound","requestId":"r","action":{"op":"send"}}`: wire.AppendOutbound(nil, "r", wire.NewAction("send"), "", ""),
		`{"type":"outbound","requestId":"r","action":{"op":"send"},"platform":"slack"}`: wire.AppendOutbound(
			nil, "r", wire.NewAction("send"), "slack", ""),
		`{"type":"outbound","requestId":"r","action":{},"platform":"slack","botId":"b"}`: wire.AppendOutbound(
			nil, "r", wire.Action{}, "slack", "b"),
		`{"type":"interrupt","session_key":"k","reason":null}`: wire.AppendInterrupt(nil, "k", nil),
		`{"type":"interrupt","session_key":"k","reason":""}`:   wire.AppendInterrupt(nil, "k", ptr("")),
		`{"type":"going_idle"}`:                                wire.AppendGoingIdle(nil),
		`{"type":"going_idle_ack"}`:                            wire.AppendGoingIdleAck(nil),
		`{"type":"inbound_ack","bufferId":"7"}`:                wire.AppendInboundAck(nil, "7"),
		`{"type":"inbound","event":{"text":"a\nb"}}`:           wire.AppendInbound(nil, json.RawMessage("{\"text\":\n\"a\\nb\"}\n"), ""),
		`{"type":"inbound","event":null}`:                      wire.AppendInbound(nil, nil, ""),
		`{"type":"inbound","event":{},"bufferId":"b"}`:         wire.AppendInbound(nil, json.RawMessage(`{}`), "b"),
		`{"type":"passthrough_forward","forward":{},"bufferId":"b"}`: wire.AppendPassthroughForward(
			nil, json.RawMessage(`{}`), "b"),
		`{"type":"passthrough_forward","forward":{}}`:                 wire.AppendPassthroughForward(nil, json.RawMessage(`{}`), ""),
		`{"type":"interrupt_inbound","session_key":"k","chat_id":""}`: wire.AppendInterruptInbound(nil, wire.InterruptInbound{SessionKey: "k"}),
		`{"type":"outbound_result","requestId":"r","result":{"success":true,"message_id":"m"}}`: wire.AppendOutboundResult(
			nil, "r", wire.Result{Success: true, MessageID: "m"}),
		`{"type":"outbound_result","requestId":"r","result":{"success":false,"x":1}}`: wire.AppendOutboundResult(
			nil, "r", wire.ParseResult([]byte(`{"x":1}`))),
		`{"type":"descriptor","descriptor":{"contract_version":1,"platform":"discord","label":"Discord",` +
			`"max_message_length":2000,"supports_draft_streaming":false,"supports_edit":true,"supports_threads":false,` +
			`"markdown_dialect":"discord","len_unit":"utf16","emoji":"🔌","platform_hint":"","pii_safe":false,` +
			`"supports_context":false,"supported_ops":["send"],"supports_inchannel_continuable":false,` +
			`"supports_block_formatting":false}}`: wire.AppendDescriptor(nil, descriptor),
	} {
		if string(got) != want+"\n" {
			t.Errorf("got  %swant %s", got, want)
		}
	}
}

func TestAppendKeepsWhatIsThere(t *testing.T) {
	if got := string(wire.AppendGoingIdle([]byte("x"))); got != "x{\"type\":\"going_idle\"}\n" {
		t.Errorf("got %q", got)
	}
}

func TestAConnectorReadsWhatAGatewayWrites(t *testing.T) {
	hello := wire.Hello{Platform: "discord", BotID: "b", Commands: []wire.Command{
		{Name: "a", Description: "d", Options: json.RawMessage(`[1]`)}, {Name: "b"}}}
	got, err := wire.DecodeHello(wire.AppendHello(nil, hello))
	if err != nil || got.Platform != "discord" || got.BotID != "b" || len(got.Commands) != 2 ||
		got.Commands[0].Name != "a" || string(got.Commands[0].Options) != "[1]" || got.Commands[1].Options != nil {
		t.Errorf("hello %+v (%v)", got, err)
	}
	out, err := wire.DecodeOutbound(wire.AppendOutbound(nil, "r", wire.NewSend("c", "x"), "slack", "b"))
	if err != nil || out.RequestID != "r" || out.Platform != "slack" || out.BotID != "b" || out.Action.Op() != "send" {
		t.Errorf("outbound %+v (%v)", out, err)
	}
	for _, reason := range []*string{nil, ptr(""), ptr("stop")} {
		i, err := wire.DecodeInterrupt(wire.AppendInterrupt(nil, "k", reason))
		if err != nil || i.SessionKey != "k" || (i.Reason == nil) != (reason == nil) || reason != nil && *i.Reason != *reason {
			t.Errorf("interrupt %+v (%v)", i, err)
		}
	}
	if id, err := wire.DecodeInboundAck(wire.AppendInboundAck(nil, "b1")); id != "b1" || err != nil {
		t.Errorf("ack %q (%v)", id, err)
	}
}

func TestAGatewayReadsWhatAConnectorWrites(t *testing.T) {
	i, err := wire.DecodeInterruptInbound(wire.AppendInterruptInbound(nil, wire.InterruptInbound{SessionKey: "k", ChatID: "c"}))
	if err != nil || i.SessionKey != "k" || i.ChatID != "c" {
		t.Errorf("interrupt %+v (%v)", i, err)
	}
	i, err = wire.DecodeInterruptInbound([]byte(`{"type":"interrupt_inbound","session_key":null}`))
	if err != nil || i != (wire.InterruptInbound{}) {
		t.Errorf("bare interrupt %+v (%v)", i, err)
	}
	d := &wire.Descriptor{ContractVersion: 1, Platform: "x", MaxMessageLength: 5, LenUnit: wire.Chars,
		SupportedOps: []string{"send", "ö"}}
	got, err := wire.DecodeDescriptor(wire.AppendDescriptor(nil, d))
	if err != nil || !bytes.Equal(got.AppendJSON(nil), d.AppendJSON(nil)) {
		t.Errorf("descriptor %+v (%v)", got, err)
	}
}

func TestAConnectorCanAnswerAnOutboundWithoutAnAction(t *testing.T) {
	for _, action := range []string{``, `,"action":null`, `,"action":[]`, `,"action":"send"`} {
		out, err := wire.DecodeOutbound([]byte(`{"type":"outbound","requestId":"r"` + action + `}`))
		var bad *wire.DecodeError
		if !errors.As(err, &bad) || out.RequestID != "r" || !out.Action.IsZero() {
			t.Errorf("%s: %+v, %v", action, out, err)
		}
	}
}

func TestEveryDecoderRejectsPoison(t *testing.T) {
	decoders := map[string]func([]byte) error{
		"hello":               func(l []byte) error { _, err := wire.DecodeHello(l); return err },
		"outbound":            func(l []byte) error { _, err := wire.DecodeOutbound(l); return err },
		"interrupt":           func(l []byte) error { _, err := wire.DecodeInterrupt(l); return err },
		"inbound_ack":         func(l []byte) error { _, err := wire.DecodeInboundAck(l); return err },
		"descriptor":          func(l []byte) error { _, err := wire.DecodeDescriptor(l); return err },
		"outbound_result":     func(l []byte) error { _, _, err := wire.DecodeOutboundResult(l); return err },
		"interrupt_inbound":   func(l []byte) error { _, err := wire.DecodeInterruptInbound(l); return err },
		"passthrough_forward": func(l []byte) error { _, err := new(wire.Decoder).Passthrough(l); return err },
	}
	for kind, decode := range decoders {
		for line, reason := range poison {
			if strings.HasPrefix(reason, "type") {
				continue
			}
			var bad *wire.DecodeError
			if err := decode([]byte(line)); !errors.As(err, &bad) || bad.Reason != reason || bad.Kind.String() != kind {
				t.Errorf("%s: %q gave %v", kind, line, err)
			}
		}
	}
}

func TestRequestIDsAreFreshHex(t *testing.T) {
	seen := map[string]bool{}
	for range 1000 {
		id := wire.NewRequestID()
		if seen[id] || !regexp.MustCompile(`^[0-9a-f]{32}$`).MatchString(id) {
			t.Fatalf("request id %q", id)
		}
		seen[id] = true
	}
}
