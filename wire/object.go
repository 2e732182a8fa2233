package wire

import (
	"bytes"
	"iter"
	"unicode/utf8"

	json "github.com/goccy/go-json"
)

// object is a JSON object that is known to be valid, taken apart: the slow, lenient way to read a frame whose types
// are not what the protocol says. Of an object with more members than any frame has, only those with a usual name are
// kept, and the others are searched for, so that its memory does not grow with what a peer sends. The zero value has no
// members.
type object struct {
	whole   []byte
	members []member // with one of each usual name when there were too many
	crowded bool
}

type member struct {
	name  string
	value []byte
}

// usualMembers is room for the members of most objects, and maxMembers how many are kept whatever their names.
const (
	usualMembers = 12
	maxMembers   = 128
)

// get returns the value of the last member of that name, which must match exactly.
func (o object) get(name string) ([]byte, bool) {
	for i := len(o.members) - 1; i >= 0; i-- {
		if o.members[i].name == name {
			return o.members[i].value, true
		}
	}
	if !o.crowded || usualName([]byte(name)) != "" {
		return nil, false
	}
	v := lastMember(o.whole, name)
	return v, v != nil
}

// parseObject validates the whole input and splits the object. The values alias raw.
func parseObject(kind Kind, raw []byte) (object, error) {
	if !utf8.Valid(raw) {
		return object{}, &DecodeError{Kind: kind, Size: len(raw), Reason: "not valid UTF-8"}
	}
	if !json.Valid(raw) {
		return object{}, &DecodeError{Kind: kind, Size: len(raw), Reason: "not valid JSON"}
	}
	body := bytes.Trim(raw, jsonSpace)
	if !isObject(body) {
		return object{}, &DecodeError{Kind: kind, Size: len(raw), Reason: "not a JSON object"}
	}
	return splitObject(body), nil
}

const jsonSpace = " \t\r\n"

// splitObject takes apart an object that is known to be valid JSON without space around it.
func splitObject(raw []byte) object {
	o := object{whole: raw, members: make([]member, 0, usualMembers)}
	for rest := firstIn(raw); rest[0] != '}'; {
		var name, value []byte
		name, value, rest = nextMember(rest)
		if len(o.members) == maxMembers && !o.crowded {
			o.thin()
		}
		if !o.crowded {
			o.members = append(o.members, member{name: text(name), value: value})
			continue
		}
		var buf nameBuffer
		if usual := usualName(buf.plain(name)); usual != "" {
			o.put(usual, value)
		}
	}
	return o
}

// thin drops the members without a usual name, and all but the last of each name.
func (o *object) thin() {
	all := o.members
	o.members, o.crowded = make([]member, 0, usualMembers), true
	for _, m := range all {
		if usual := usualName([]byte(m.name)); usual != "" {
			o.put(usual, m.value)
		}
	}
}

func (o *object) put(name string, value []byte) {
	for i := range o.members {
		if o.members[i].name == name {
			o.members[i].value = value
			return
		}
	}
	o.members = append(o.members, member{name: name, value: value})
}

// lastMember returns the value of the last member of that name in an object that is known to be valid JSON without
// space around it, or nil.
func lastMember(raw []byte, name string) (found []byte) {
	for rest := firstIn(raw); rest[0] != '}'; {
		var this, value []byte
		this, value, rest = nextMember(rest)
		if isNamed(this, name) {
			found = value
		}
	}
	return found
}

// firstIn returns what follows the opening brace or bracket of a valid object or array.
func firstIn(raw []byte) []byte { return skipSpace(raw[1:]) }

// nextMember returns the name and the value of the first of some valid members, and what follows it.
func nextMember(rest []byte) (name, value, after []byte) {
	end := valueEnd(rest)
	name = rest[:end:end]
	rest = skipSpace(rest[end:])
	value, after = nextItem(skipSpace(rest[1:]))
	return name, value, after
}

// nextItem returns the first of some valid items and what follows it.
func nextItem(rest []byte) (item, after []byte) {
	end := valueEnd(rest)
	item = rest[:end:end]
	rest = skipSpace(rest[end:])
	if rest[0] == ',' {
		rest = skipSpace(rest[1:])
	}
	return item, rest
}

// items returns the items of an array that is known to be valid JSON without space around it, none of any other value.
func items(raw []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		if !isArray(raw) {
			return
		}
		for rest := firstIn(raw); rest[0] != ']'; {
			var item []byte
			if item, rest = nextItem(rest); !yield(item) {
				return
			}
		}
	}
}

// count returns how many items are wanted, so that a long list is allocated once.
func count(list iter.Seq[[]byte], wanted func(item []byte) bool) (n int) {
	for item := range list {
		if wanted(item) {
			n++
		}
	}
	return n
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
	return lastMember(raw, name)
}

// text returns the member of that name as a string, "" when it is absent.
func (o object) text(name string) string {
	raw, _ := o.get(name)
	return text(raw)
}

// flag reports whether the member of that name is present and true in Python.
func (o object) flag(name string) bool {
	raw, _ := o.get(name)
	return truthy(raw)
}

// list returns the items of the member of that name, none when it is no array.
func (o object) list(name string) iter.Seq[[]byte] {
	raw, _ := o.get(name)
	return items(raw)
}

// raw returns a copy of the member of that name, nil when it is absent or null.
func (o object) raw(name string) json.RawMessage {
	raw, ok := o.get(name)
	if !ok || isNull(raw) {
		return nil
	}
	return bytes.Clone(raw)
}
