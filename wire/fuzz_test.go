package wire_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"hermod/wire"
)

// seedLines adds frames of every kind, sound and broken, and the reference's vectors.
func seedLines(f *testing.F) {
	for line := range poison {
		f.Add([]byte(line))
	}
	for _, line := range []string{
		`{"type":"inbound","event":` + richEvent + `,"bufferId":"b"}`, `{"type":"inbound","event":{"text":5},"bufferId":0}`,
		`{"type":"inbound","event":{"media_urls":["a",null],"media":[null]}}`, `{"type":"inbound","event":{"Text":"x"}}`,
		"{\"type\":\"inbound\",\"event\":{\"\\u0054ext\":1,\"te\u017ft\" : 2,\"text\":\"X\\\":\"}}",
		`{"type":"outbound_result","requestId":"r","result":{"success":true,"message_id":"m"}}`,
		`{"type":"outbound_result","requestId":1,"result":[]}`, `{"type":"descriptor","descriptor":` + minimalDescriptor + `}`,
		`{"type":"passthrough_forward","forward":{"headers":[["a","b"]],"bodyB64":"aGk="},"bufferId":1.50}`,
		`{"type":"interrupt_inbound","session_key":"k","chat_id":"c"}`, `{"type":"going_idle_ack"}`,
		`{"type":"outbound","requestId":"r","action":{"op":"send","op":"x"}}`, `{"\u0074ype":"hello","botId":"\ud83d\ude00\ud800"}`,
	} {
		f.Add([]byte(line))
	}
	raw, err := os.ReadFile("testdata/vectors.jsonl")
	if err != nil {
		f.Fatal(err)
	}
	for i, line := range bytes.Split(raw, []byte("\n")) {
		if i%10 == 0 {
			f.Add(line)
		}
	}
}

// sound says whether a line is valid UTF-8 and a JSON object, as encoding/json sees it, and
// takes it apart. Its maps match names exactly and keep the last of two, as we do.
func sound(line []byte) (map[string]json.RawMessage, bool) {
	var m map[string]json.RawMessage
	if !utf8.Valid(line) || !json.Valid(line) || json.Unmarshal(line, &m) != nil || m == nil {
		return nil, false
	}
	return m, true
}

// namesTwice says whether an object in a sound line has two members of one name, of which
// the patient path takes the last and the quick one may merge both.
func namesTwice(line []byte) bool {
	var seen []map[string]bool
	dec := json.NewDecoder(bytes.NewReader(line))
	for isName := false; ; {
		token, err := dec.Token()
		if err != nil {
			return false
		}
		switch token {
		case json.Delim('{'):
			seen, isName = append(seen, map[string]bool{}), true
			continue
		case json.Delim('['):
			seen, isName = append(seen, nil), false
			continue
		case json.Delim('}'), json.Delim(']'):
			seen = seen[:len(seen)-1]
		default:
			if isName {
				if top := seen[len(seen)-1]; top[token.(string)] {
					return true
				} else {
					top[token.(string)] = true
				}
				isName = false
				continue
			}
		}
		isName = len(seen) > 0 && seen[len(seen)-1] != nil
	}
}

func isDecodeError(err error) bool {
	var bad *wire.DecodeError
	return errors.As(err, &bad)
}

func FuzzClassify(f *testing.F) {
	seedLines(f)
	f.Fuzz(func(t *testing.T, line []byte) {
		kind, err := wire.Classify(line)
		m, ok := sound(line)
		hinted := kind == wire.KindInbound || kind == wire.KindOutboundResult || kind == wire.KindOutbound ||
			kind == wire.KindPassthroughForward
		switch typ := m["type"]; {
		case hinted && bytes.HasPrefix(line, []byte(`{"type":`)):
			// Taken at its word; the decoder judges the rest.
		case !ok, typ != nil && typ[0] != '"':
			if !isDecodeError(err) {
				t.Errorf("no error, but %v", kind)
			}
		case err != nil:
			t.Errorf("a sound line gave %v", err)
		case kind.String() != str(typ) && (kind != wire.KindUnknown || isKind(str(typ))):
			t.Errorf("%v, want %s", kind, typ)
		}
	})
}

func isKind(name string) bool {
	for k := wire.KindHello; k <= wire.KindPassthroughForward; k++ {
		if k.String() == name {
			return true
		}
	}
	return false
}

func FuzzInbound(f *testing.F) {
	seedLines(f)
	f.Fuzz(func(t *testing.T, line []byte) {
		original := bytes.Clone(line)
		in, err := new(wire.Decoder).Inbound(line)
		if !bytes.Equal(line, original) {
			t.Fatal("the decoder wrote into its input")
		}
		m, ok := sound(line)
		if !ok {
			if in != nil || !isDecodeError(err) {
				t.Fatalf("encoding/json rejects what gave %+v, %v", in, err)
			}
			return
		}
		want := wantBufferID(m["bufferId"])
		if in == nil { // there is nothing to give up and acknowledge
			if want != "" || !isDecodeError(err) {
				t.Fatalf("no delivery, but %v; want buffer id %q", err, want)
			}
			return
		}
		if in.BufferID != want {
			t.Fatalf("delivery %+v, want buffer id %q", in, want)
		}
		if in.Event == nil {
			if !isDecodeError(err) {
				t.Fatal("neither an event nor an error")
			}
			return
		}
		if !namesTwice(line) {
			checkEvent(t, in.Event, m["event"])
		}
	})
}

func wantBufferID(raw json.RawMessage) string {
	if len(raw) > 0 && (raw[0] == '-' || raw[0] >= '0' && raw[0] <= '9') || trueInPython(raw) {
		return strings.NewReplacer("\n", "", "\r", "").Replace(printed(raw))
	}
	return ""
}

// checkEvent compares an event with what encoding/json makes of its object.
func checkEvent(t *testing.T, e *wire.Event, raw json.RawMessage) {
	event := object(raw)
	source := object(event["source"])
	if event["source"] != nil && event["source"][0] != '{' {
		source = nil
	}
	for name, pair := range map[string][2]string{
		"text": {e.Text, printed(event["text"])}, "message_id": {e.MessageID, printed(event["message_id"])},
		"chat_id": {e.Source.ChatID, printed(source["chat_id"])}, "user_id": {e.Source.UserID, printed(source["user_id"])},
		"thread_id": {e.Source.ThreadID, printed(source["thread_id"])}, "scope_id": {e.Source.ScopeID, printed(source["scope_id"])},
		"platform": {e.Source.OriginalPlatform, printed(source["platform"])},
	} {
		if want := strings.NewReplacer("\n", "", "\r", "").Replace(pair[1]); pair[0] != want && pair[0] != pair[1] {
			t.Errorf("%s is %q, want %q", name, pair[0], want)
		}
	}
	var want []string
	var urls []any
	_ = json.Unmarshal(event["media_urls"], &urls)
	for _, u := range urls {
		if s, ok := u.(string); ok {
			want = append(want, s)
		}
	}
	if strings.Join(e.Extras().MediaURLs, "\n") != strings.Join(want, "\n") || len(e.Extras().MediaURLs) != len(want) {
		t.Errorf("media urls %q, want %q", e.Extras().MediaURLs, want)
	}
	if len(e.MediaTypes()) != len(e.Extras().MediaURLs) {
		t.Error("not one type for each url")
	}
	normal := e.AppendJSON(nil)
	if !json.Valid(normal) || bytes.ContainsAny(normal, "\n\r") {
		t.Fatalf("normal form %s", normal)
	}
	again, err := wire.ParseEvent(normal)
	if err != nil {
		t.Fatalf("%s: %v", normal, err)
	}
	e.Source.OriginalPlatform, again.Source.OriginalPlatform = "", ""
	if twice := again.AppendJSON(nil); !bytes.Equal(twice, e.AppendJSON(nil)) {
		t.Errorf("read back as %s, not %s", twice, normal)
	}
	_ = e.ChannelContext()
	_ = wire.SessionKey(&e.Source, wire.SessionKeyOptions{})
}

func FuzzOutboundResult(f *testing.F) {
	seedLines(f)
	f.Fuzz(func(t *testing.T, line []byte) {
		id, r, err := wire.DecodeOutboundResult(line)
		sameSpaced(t, line)
		m, ok := sound(line)
		if !ok {
			if !isDecodeError(err) {
				t.Fatalf("encoding/json rejects what gave %q, %+v", id, r)
			}
			return
		}
		if want := strings.NewReplacer("\n", "", "\r", "").Replace(printed(m["requestId"])); err != nil || id != want && id != printed(m["requestId"]) {
			t.Fatalf("id %q, want %q (%v)", id, want, err)
		}
		result, isObject := sound(m["result"])
		encoded, ok := sound(r.AppendJSON(nil))
		if !ok || encoded["success"] == nil {
			t.Fatalf("encodes as %s", r.AppendJSON(nil))
		}
		if !isObject {
			if r.Success {
				t.Error("success without a result")
			}
			return
		}
		if namesTwice(line) {
			return
		}
		if r.Success != trueInPython(result["success"]) || r.Ambiguous != trueInPython(result["ambiguous"]) {
			t.Errorf("result %+v of %s", r, m["result"])
		}
		for key, value := range result {
			if raw, _ := r.Field(key); compact(string(raw)) != compact(string(value)) {
				t.Errorf("field %q is %s, want %s", key, raw, value)
			}
		}
		_ = r.ChatInfo("c")
	})
}

func FuzzDescriptor(f *testing.F) {
	seedLines(f)
	f.Add([]byte(minimalDescriptor))
	f.Fuzz(func(t *testing.T, obj []byte) {
		d, err := wire.ParseDescriptor(obj)
		if _, ok := sound(obj); !ok || err != nil {
			if d != nil || !isDecodeError(err) {
				t.Fatalf("%+v, %v", d, err)
			}
			return
		}
		if d.MaxMessageLength <= 0 || d.LenUnit != wire.Chars && d.LenUnit != wire.UTF16 {
			t.Errorf("descriptor %+v", d)
		}
		again, err := wire.DecodeDescriptor(wire.AppendDescriptor(nil, d))
		if err != nil || !bytes.Equal(again.AppendJSON(nil), d.AppendJSON(nil)) {
			t.Errorf("read back as %+v, not %+v (%v)", again, d, err)
		}
	})
}

func FuzzPassthrough(f *testing.F) {
	seedLines(f)
	f.Fuzz(func(t *testing.T, line []byte) {
		p, err := new(wire.Decoder).Passthrough(line)
		m, ok := sound(line)
		if !ok {
			if p != nil || !isDecodeError(err) {
				t.Fatalf("encoding/json rejects what gave %+v, %v", p, err)
			}
			return
		}
		if p == nil || p.BufferID != wantBufferID(m["bufferId"]) {
			t.Fatalf("delivery %+v", p)
		}
		if err == nil && !json.Valid(p.Forward.AppendJSON(nil)) {
			t.Errorf("encodes as %s", p.Forward.AppendJSON(nil))
		}
	})
}

func FuzzOutbound(f *testing.F) {
	seedLines(f)
	f.Fuzz(func(t *testing.T, obj []byte) {
		a, err := wire.ParseAction(obj)
		m, ok := sound(obj)
		if !ok {
			if err == nil {
				t.Fatalf("encoding/json rejects what gave %s", a.AppendJSON(nil))
			}
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		a = a.With("added", []int{1})
		frame := wire.AppendOutbound(nil, "r", a, "p", "b")
		if bytes.Count(frame, []byte("\n")) != 1 || frame[len(frame)-1] != '\n' {
			t.Fatalf("frame %q is not one line", frame)
		}
		out, err := wire.DecodeOutbound(frame)
		if err != nil || out.RequestID != "r" || out.Platform != "p" || out.BotID != "b" {
			t.Fatalf("read back %+v (%v)", out, err)
		}
		m["added"] = []byte("[1]")
		back, _ := sound(out.Action.AppendJSON(nil))
		for key, value := range m {
			if got, _ := out.Action.Field(key); compact(string(got)) != compact(string(value)) ||
				compact(string(back[key])) != compact(string(value)) {
				t.Errorf("field %q is %s, want %s", key, got, value)
			}
		}
		if len(back) != len(m) {
			t.Errorf("%d fields, want %d", len(back), len(m))
		}
	})
}
