package wire

import (
	"bytes"
	"fmt"

	json "github.com/goccy/go-json"
)

// MaxAction is the largest size of an action in bytes. It leaves room for the envelope in
// the 1 MiB that every frame of a gateway stays under.
const MaxAction = 1<<20 - 4<<10

// Action is what a gateway asks a connector to do: an open JSON object with an "op". Unknown
// ops and fields pass through unchanged. An Action is immutable; the zero value is no action.
type Action struct {
	raw []byte
	err error
}

// NewAction returns an action of that op and no other field.
func NewAction(op string) Action {
	return Action{raw: append(appendString([]byte(`{"op":`), op), '}')}
}

// ParseAction reads an action from a JSON object. The error is a *DecodeError when obj is not
// valid UTF-8 or not a JSON object, and a *FrameTooLargeError when it is larger than MaxAction.
// The op may be missing; the connector decides about that.
func ParseAction(obj []byte) (Action, error) {
	if len(obj) > MaxAction {
		return Action{}, &FrameTooLargeError{Limit: MaxAction}
	}
	if _, err := parseObject(KindOutbound, obj); err != nil {
		return Action{}, err
	}
	return actionOf(bytes.Trim(obj, jsonSpace)), nil
}

// actionOf copies an object that is known to be valid JSON.
func actionOf(obj []byte) Action { return Action{raw: bytes.Clone(compactLines(obj))} }

// With returns a copy of the action with the field set, replacing the field of that name if
// there is one. A value that cannot be encoded leaves the action unchanged and is reported by
// Err.
func (a Action) With(key string, value any) Action {
	encoded, err := encodeValue(value)
	if err != nil {
		if a.err == nil {
			a.err = fmt.Errorf("wire: setting field %q of an action: %w", key, err)
		}
		return a
	}
	out := append(make([]byte, 0, len(a.raw)+len(key)+len(encoded)+8), '{')
	set := false
	if !a.IsZero() {
		for rest := firstIn(a.raw); rest[0] != '}'; {
			var name, field []byte
			name, field, rest = nextMember(rest)
			if isNamed(name, key) {
				if set {
					continue
				}
				field, set = encoded, true
			}
			out = appendField(out, name, field)
		}
	}
	if !set {
		out = appendField(out, appendString(nil, key), encoded)
	}
	return Action{raw: append(out, '}'), err: a.err}
}

// appendField appends a field whose name is encoded already.
func appendField(dst, name, value []byte) []byte {
	if len(dst) > 1 {
		dst = append(dst, ',')
	}
	dst = append(append(dst, name...), ':')
	return append(dst, value...)
}

func encodeValue(value any) ([]byte, error) {
	if s, ok := value.(string); ok {
		return appendString(nil, s), nil
	}
	raw, err := json.MarshalWithOption(value, json.DisableHTMLEscape())
	if err != nil {
		return nil, err
	}
	return compactLines(raw), nil
}

// Err returns the error of the first With whose value could not be encoded, else nil. An
// action with an error must not be sent.
func (a Action) Err() error { return a.err }

// Op returns the action's op, "" when it has none.
func (a Action) Op() string { return text(find(a.raw, "op")) }

// Field returns the field of that name as raw JSON, which must not be changed.
func (a Action) Field(name string) (json.RawMessage, bool) {
	raw := find(a.raw, name)
	return raw, raw != nil
}

// Size returns the length of the encoded action in bytes.
func (a Action) Size() int { return len(a.raw) }

// IsZero reports whether this is no action at all.
func (a Action) IsZero() bool { return len(a.raw) == 0 }

// AppendJSON appends the action's JSON object to dst, {} for the zero value.
func (a Action) AppendJSON(dst []byte) []byte {
	if a.IsZero() {
		return append(dst, '{', '}')
	}
	return append(dst, a.raw...)
}

// MarshalJSON returns the action's JSON object, or the error that Err reports.
func (a Action) MarshalJSON() ([]byte, error) { return a.AppendJSON(nil), a.err }
