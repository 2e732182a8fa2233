package wire

import (
	"bytes"
	"unicode/utf8"

	json "github.com/goccy/go-json"
)

// object is a JSON object split into its members, in their order, with the values as they were
// sent. It is the slow and lenient way to read a frame, for frames with values of unexpected
// types.
type object []member

type member struct {
	key   string
	value []byte
}

// get returns the value of the last member of that name, which must match exactly.
func (o object) get(name string) ([]byte, bool) {
	for i := len(o) - 1; i >= 0; i-- {
		if o[i].key == name {
			return o[i].value, true
		}
	}
	return nil, false
}

// parseObject validates the whole input and splits the object. The values alias raw.
func parseObject(kind Kind, raw []byte) (object, error) {
	if !utf8.Valid(raw) {
		return nil, &DecodeError{Kind: kind, Size: len(raw), Reason: "not valid UTF-8"}
	}
	if !json.Valid(raw) {
		return nil, &DecodeError{Kind: kind, Size: len(raw), Reason: "not valid JSON"}
	}
	body := bytes.Trim(raw, jsonSpace)
	if !isObject(body) {
		return nil, &DecodeError{Kind: kind, Size: len(raw), Reason: "not a JSON object"}
	}
	return splitObject(body), nil
}

const jsonSpace = " \t\r\n"

// usualMembers is room for the members of most objects.
const usualMembers = 12

// splitObject splits an object that is known to be valid JSON without space around it.
func splitObject(raw []byte) object {
	o := make(object, 0, usualMembers)
	for rest := skipSpace(raw[1:]); rest[0] != '}'; {
		keyEnd := valueEnd(rest)
		key := text(rest[:keyEnd])
		rest = skipSpace(rest[keyEnd:])
		rest = skipSpace(rest[1:])
		end := valueEnd(rest)
		o = append(o, member{key: key, value: rest[:end:end]})
		rest = skipSpace(rest[end:])
		if rest[0] == ',' {
			rest = skipSpace(rest[1:])
		}
	}
	return o
}

// splitArray splits an array that is known to be valid JSON without space around it.
func splitArray(raw []byte) [][]byte {
	var items [][]byte
	for rest := skipSpace(raw[1:]); rest[0] != ']'; {
		end := valueEnd(rest)
		items = append(items, rest[:end:end])
		rest = skipSpace(rest[end:])
		if rest[0] == ',' {
			rest = skipSpace(rest[1:])
		}
	}
	return items
}

func skipSpace(b []byte) []byte {
	for len(b) > 0 && (b[0] == ' ' || b[0] == '\t' || b[0] == '\n' || b[0] == '\r') {
		b = b[1:]
	}
	return b
}

// valueEnd returns the length of the valid JSON value at the start of b.
func valueEnd(b []byte) int {
	switch b[0] {
	case '"':
		return stringEnd(b)
	case '{', '[':
		return containerEnd(b)
	}
	for i, c := range b {
		switch c {
		case ',', '}', ']', ':', ' ', '\t', '\n', '\r':
			return i
		}
	}
	return len(b)
}

func stringEnd(b []byte) int {
	for i := 1; i < len(b); i++ {
		switch b[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(b)
}

func containerEnd(b []byte) int {
	depth := 0
	for i := 0; i < len(b); i++ {
		switch b[i] {
		case '"':
			i += stringEnd(b[i:]) - 1
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return len(b)
}

// find returns the value of the last member of that name in an object that is known to be
// valid JSON, or nil.
func find(raw []byte, name string) []byte {
	raw = bytes.Trim(raw, jsonSpace)
	if !isObject(raw) {
		return nil
	}
	v, _ := splitObject(raw).get(name)
	return v
}

// text returns the member of that name as a string, "" when it is absent.
func (o object) text(name string) string {
	raw, _ := o.get(name)
	return text(raw)
}

// flag reports whether the member of that name is present and true in Python's sense.
func (o object) flag(name string) bool {
	raw, _ := o.get(name)
	return truthy(raw)
}

// list returns the items of the member of that name, none if it is not an array.
func (o object) list(name string) [][]byte {
	raw, ok := o.get(name)
	if !ok || raw[0] != '[' {
		return nil
	}
	return splitArray(raw)
}

// raw returns a copy of the member of that name, nil when it is absent or null.
func (o object) raw(name string) json.RawMessage {
	raw, ok := o.get(name)
	if !ok || isNull(raw) {
		return nil
	}
	return bytes.Clone(raw)
}
