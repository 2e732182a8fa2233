package wire_test

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"hermod/wire"
)

func init() {
	register(runForward, "passthrough_decode")
	register(runChatInfo, "chat_info_result")
	register(runInboundAck, "inbound_ack")
	register(runPassthroughAck, "passthrough_ack")
	register(runPoison, "poison_frame")
	register(runGatewayFrame, "gateway_frame")
	deviations = append(deviations,
		deviation{
			kinds: []string{"passthrough_decode"}, rule: "null is empty, and what is no string is printed as JSON",
			reason: "the reference shows Python's spelling (None, True), which no platform and no path is named",
			expect: func(v vector, want any) any {
				m, ok := want.(map[string]any)
				if !ok {
					return want
				}
				in := object(v.In)
				for ours, theirs := range map[string]string{"platform": "platform", "bot_id": "botId", "method": "method", "path": "path"} {
					m[ours] = printed(in[theirs])
				}
				if old, ok := m["profile"]; ok && old != nil {
					m["profile"] = orNull(printed(in["profile"]))
				}
				return want
			},
		},
		deviation{
			kinds: []string{"passthrough_decode"}, rule: "headers are pairs, printed as JSON; anything else is no header",
			reason: "as above; and where the reference raises on headers that are no list, the request is still worth having",
			expect: func(v vector, want any) any {
				in := object(v.In)
				if in == nil {
					return failed{}
				}
				m, ok := want.(map[string]any)
				if !ok {
					body, _ := base64.StdEncoding.DecodeString(str(in["bodyB64"]))
					m = map[string]any{
						"platform": printed(in["platform"]), "bot_id": printed(in["botId"]),
						"method": printed(in["method"]), "path": printed(in["path"]), "body_hex": hex.EncodeToString(body),
					}
				}
				m["headers"] = pairs(in["headers"])
				return m
			},
		},
		deviation{
			kinds: []string{"chat_info_result"}, rule: "null counts as missing, and what is no string is printed as JSON",
			reason: "a chat always has a name and a type to show",
			expect: func(v vector, _ any) any {
				in := object(v.In)
				result := object(in["result"])
				if nested := object(result["chat_info"]); len(nested) > 0 {
					result = nested
				}
				info := map[string]any{"name": str(in["chat_id"]), "type": "dm"}
				for key := range info {
					if raw := result[key]; raw != nil && string(raw) != "null" {
						info[key] = printed(raw)
					}
				}
				return info
			},
		},
		deviation{
			kinds: []string{"inbound_ack"}, rule: "every number acknowledges, printed as JSON",
			reason: "a connector that counts its entries from 0 would otherwise wait for its first one for ever",
			expect: func(v vector, want any) any {
				in := object(v.In)
				id := in["bufferId"]
				if _, err := strconv.ParseFloat(string(id), 64); err == nil && str(in["handler"]) == "returns" {
					return map[string]any{"type": "inbound_ack", "bufferId": printed(id)}
				}
				if m, ok := want.(map[string]any); ok {
					m["bufferId"] = printed(id)
				}
				return want
			},
		},
		deviation{
			kinds: []string{"poison_frame"}, rule: "a frame that cannot be read is skipped and the connection lives on",
			reason: "the reference's reader dies of it, and a buffered one comes back with every dial",
			expect: func(v vector, want any) any {
				line := poisonLine(v)
				if want == "reader_dies_redial" || want == "close_1009_redial" && len(line) <= wire.DefaultMaxFrame {
					return "survived"
				}
				return want
			},
		},
		deviation{
			kinds: []string{"poison_frame"}, rule: "NaN, Infinity and types that are no strings are malformed",
			reason: "JSON has no such numbers, and the protocol no such types",
			expect: func(v vector, want any) any {
				line := []byte(poisonLine(v))
				typ := object(line)["type"]
				if want == "ignored" && (!json.Valid(line) || typ != nil && typ[0] != '"') {
					return "skipped"
				}
				return want
			},
		},
	)
}

func pairs(raw json.RawMessage) []any {
	headers := []any{}
	var items []json.RawMessage
	_ = json.Unmarshal(raw, &items)
	for _, item := range items {
		var pair []json.RawMessage
		if json.Unmarshal(item, &pair) == nil && len(pair) == 2 {
			headers = append(headers, []any{printed(pair[0]), printed(pair[1])})
		}
	}
	return headers
}

func runForward(t *testing.T, v vector) any {
	line := wire.AppendPassthroughForward(nil, v.In, "")
	p, err := new(wire.Decoder).Passthrough(line)
	if err != nil {
		return failed{}
	}
	f := p.Forward
	out := map[string]any{
		"platform": f.Platform, "bot_id": f.BotID, "method": f.Method, "path": f.Path,
		"headers": f.Headers, "body_hex": hex.EncodeToString(f.Body),
	}
	if f.Headers == nil {
		out["headers"] = []any{}
	}
	if _, ok := object(v.Want)["profile"]; ok {
		out["profile"] = orNull(f.Profile)
	}
	return out
}

func runChatInfo(t *testing.T, v vector) any {
	in := input[struct {
		ChatID string          `json:"chat_id"`
		Result json.RawMessage `json:"result"`
	}](t, v)
	return wire.ParseResult(in.Result).ChatInfo(in.ChatID)
}

// runInboundAck decodes a delivery and acknowledges it if its handler returned.
func runInboundAck(t *testing.T, v vector) any {
	in := object(v.In)
	line := `{"type":"inbound","event":{"text":"x"}`
	if id := in["bufferId"]; id != nil {
		line += `,"bufferId":` + string(id)
	}
	delivery, err := new(wire.Decoder).Inbound([]byte(line + "}"))
	if err != nil {
		return failed{}
	}
	if delivery.BufferID == "" || str(in["handler"]) != "returns" {
		return nil
	}
	return parse(wire.AppendInboundAck(nil, delivery.BufferID))
}

func runPassthroughAck(t *testing.T, v vector) any {
	line := `{"type":"passthrough_forward","forward":{},"bufferId":` + string(object(v.In)["bufferId"]) + `}`
	delivery, err := new(wire.Decoder).Passthrough([]byte(line))
	if err != nil {
		return failed{}
	}
	if delivery.BufferID == "" {
		return nil
	}
	return parse(wire.AppendInboundAck(nil, delivery.BufferID))
}

var placeholder = regexp.MustCompile(`^<(\d+)-byte line>$`)

// poisonLine returns the line of a vector, which is described where it is too long to store.
func poisonLine(v vector) string {
	line := str(object(v.In)["line"])
	if m := placeholder.FindStringSubmatch(line); m != nil {
		n, _ := strconv.Atoi(m[1])
		return strings.Repeat("x", n)
	}
	return line
}

// runPoison feeds a line to a fresh connection's decoding and says what became of it.
func runPoison(t *testing.T, v vector) any {
	outcome := "skipped"
	err := wire.NewLineBuffer(0).Feed([]byte(poisonLine(v)+"\n"), func(line []byte) { outcome = readLine(line) })
	if tooLarge := (*wire.FrameTooLargeError)(nil); errors.As(err, &tooLarge) {
		return "close_1009_redial"
	}
	if ref := str(v.Want); ref == "reader_dies_redial" || ref == "close_1009_redial" {
		return "survived"
	}
	return outcome
}

func readLine(line []byte) string {
	kind, err := wire.Classify(line)
	if err != nil {
		return "skipped"
	}
	var d wire.Decoder
	switch kind {
	case wire.KindInbound:
		_, err = d.Inbound(line)
	case wire.KindPassthroughForward:
		_, err = d.Passthrough(line)
	case wire.KindDescriptor:
		_, err = wire.DecodeDescriptor(line)
	case wire.KindOutboundResult:
		_, _, err = wire.DecodeOutboundResult(line)
	case wire.KindInterruptInbound:
		_, err = wire.DecodeInterruptInbound(line)
	case wire.KindGoingIdleAck:
		return "handled"
	default:
		return "ignored"
	}
	if err != nil {
		return "skipped"
	}
	return "handled"
}

var requestID = regexp.MustCompile(`^[0-9a-f]{32}$`)

type gatewayCall struct {
	Call       string          `json:"call"`
	SessionKey string          `json:"session_key"`
	Reason     *string         `json:"reason"`
	ChatID     string          `json:"chat_id"`
	Platform   string          `json:"platform"`
	BotID      string          `json:"bot_id"`
	BufferID   json.RawMessage `json:"buffer_id"`
	BufferID2  json.RawMessage `json:"bufferId"`
	Action     json.RawMessage `json:"action"`
	Identities [][2]string     `json:"identities"`
	Commands   []wire.Command  `json:"commands"`
}

// runGatewayFrame writes the frame of a call on the reference's transport.
func runGatewayFrame(t *testing.T, v vector) any {
	c := input[gatewayCall](t, v)
	switch c.Call {
	case "send_interrupt":
		return parse(wire.AppendInterrupt(nil, c.SessionKey, c.Reason))
	case "go_idle", "going_idle", "go_dormant":
		return parse(wire.AppendGoingIdle(nil))
	case "inbound_ack", "send_inbound_ack", "_send_inbound_ack":
		return parse(wire.AppendInboundAck(nil, printed(append(c.BufferID, c.BufferID2...))))
	case "hello", "connect":
		return helloFrames(v, c)
	case "get_chat_info":
		return outboundFrame(t, wire.NewGetChatInfo(c.ChatID), c)
	case "send_outbound", "send_follow_up":
		action := wire.NewAction(wire.OpSend)
		if c.Action != nil {
			var err error
			if action, err = wire.ParseAction(c.Action); err != nil {
				t.Fatal(err)
			}
		}
		return outboundFrame(t, action, c)
	}
	t.Fatalf("unknown call %q", c.Call)
	return nil
}

// helloFrames writes one hello per identity, alone if the vector has one.
func helloFrames(v vector, c gatewayCall) any {
	if len(c.Identities) == 0 {
		c.Identities = [][2]string{{c.Platform, c.BotID}}
	}
	frames := []any{}
	for _, id := range c.Identities {
		frames = append(frames, parse(wire.AppendHello(nil, wire.Hello{Platform: id[0], BotID: id[1], Commands: c.Commands})))
	}
	if _, isList := parse(v.Want).([]any); !isList {
		return frames[0]
	}
	return frames
}

// outboundFrame names the bot of the platform where it is one of the identities.
func outboundFrame(t *testing.T, action wire.Action, c gatewayCall) any {
	botID := ""
	for _, id := range c.Identities {
		if id[0] == c.Platform && botID == "" {
			botID = id[1]
		}
	}
	frame := parse(wire.AppendOutbound(nil, wire.NewRequestID(), action, c.Platform, botID)).(map[string]any)
	if id, _ := frame["requestId"].(string); !requestID.MatchString(id) {
		t.Fatalf("request id %q", id)
	}
	frame["requestId"] = "<32 hex>"
	return frame
}
