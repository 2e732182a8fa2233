package check

import (
	"strings"

	json "github.com/goccy/go-json"
)

// frame is one line from the peer, with its members as they stood there: package wire would mend some of the faults.
type frame struct {
	kind    string
	members map[string]json.RawMessage
	line    []byte
}

// parseFrame returns a frame without members if the line is no JSON object.
func parseFrame(line []byte) frame {
	f := frame{line: line}
	if json.Valid(line) && strings.HasPrefix(strings.TrimSpace(string(line)), "{") {
		_ = json.Unmarshal(line, &f.members)
	}
	f.kind, _ = f.text("type")
	return f
}

// text returns a member that is a string.
func (f frame) text(name string) (text string, ok bool) {
	raw, ok := f.members[name]
	if !ok || len(raw) == 0 || raw[0] != '"' {
		return "", false
	}
	err := json.Unmarshal(raw, &text)
	return text, err == nil
}

// is reports whether a member is this string.
func (f frame) is(name, want string) bool {
	text, ok := f.text(name)
	return ok && text == want
}

// object returns a member that is an object.
func (f frame) object(name string) (frame, bool) {
	raw := f.members[name]
	if len(raw) == 0 || raw[0] != '{' {
		return frame{}, false
	}
	return parseFrame(raw), true
}

// words returns a member that is a list of strings.
func (f frame) words(name string) (words []string, ok bool) {
	raw := f.members[name]
	if len(raw) == 0 || raw[0] != '[' {
		return nil, false
	}
	err := json.Unmarshal(raw, &words)
	return words, err == nil
}

// flag returns a member that is true or false.
func (f frame) flag(name string) (value, ok bool) {
	raw := string(f.members[name])
	return raw == "true", raw == "true" || raw == "false"
}

func (f frame) has(name string) bool { _, ok := f.members[name]; return ok }

// bufferID returns what an acknowledgement must carry, "" for a live delivery.
func (f frame) bufferID() string {
	if id, ok := f.text("bufferId"); ok {
		return id
	}
	if raw := string(f.members["bufferId"]); raw != "" && raw != "null" && strings.ContainsAny(raw[:1], "-0123456789") {
		return raw
	}
	return ""
}
