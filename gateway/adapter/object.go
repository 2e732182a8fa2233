package adapter

import (
	"bytes"
	"unicode/utf8"

	json "github.com/goccy/go-json"
)

// object is a JSON object whose members are read when they are asked for, patiently: what has
// another type than is expected is as good as absent.
type object map[string]json.RawMessage

// parseObject returns false for anything but a JSON object in UTF-8.
func parseObject(raw []byte) (object, bool) {
	if !utf8.Valid(raw) || !json.Valid(raw) {
		return nil, false
	}
	return objectOf(raw)
}

// objectOf reads a valid JSON value.
func objectOf(raw []byte) (object, bool) {
	var o object
	if err := json.Unmarshal(raw, &o); err != nil || o == nil {
		return nil, false
	}
	return o, true
}

func (o object) object(name string) object {
	nested, _ := objectOf(o[name])
	return nested
}

func (o object) list(name string) []json.RawMessage {
	var items []json.RawMessage
	if json.Unmarshal(o[name], &items) != nil {
		return nil
	}
	return items
}

func (o object) text(name string) string { return textOf(o[name]) }

// textOf returns a string's content, or a number as it was printed.
func textOf(raw []byte) string {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 {
		return ""
	}
	switch c := raw[0]; {
	case c == '"':
		var s string
		_ = json.Unmarshal(raw, &s)
		return s
	case c == '-' || '0' <= c && c <= '9':
		return string(raw)
	}
	return ""
}
