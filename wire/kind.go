package wire

import (
	"bytes"

	jsonv2 "github.com/goccy/go-json/v2"
)

// Kind is a frame's type.
type Kind uint8

// The kinds, in the order of the protocol's tables. KindUnknown is the zero value and
// stands for every type that the protocol does not name.
const (
	KindUnknown Kind = iota
	KindHello
	KindOutbound
	KindInterrupt
	KindGoingIdle
	KindInboundAck
	KindDescriptor
	KindInbound
	KindOutboundResult
	KindGoingIdleAck
	KindInterruptInbound
	KindPassthroughForward
)

var kindNames = [...]string{
	KindUnknown:            "unknown",
	KindHello:              "hello",
	KindOutbound:           "outbound",
	KindInterrupt:          "interrupt",
	KindGoingIdle:          "going_idle",
	KindInboundAck:         "inbound_ack",
	KindDescriptor:         "descriptor",
	KindInbound:            "inbound",
	KindOutboundResult:     "outbound_result",
	KindGoingIdleAck:       "going_idle_ack",
	KindInterruptInbound:   "interrupt_inbound",
	KindPassthroughForward: "passthrough_forward",
}

// String returns the kind's wire name, "unknown" for KindUnknown.
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return kindNames[KindUnknown]
}

func kindOf(name string) Kind {
	for k := KindHello; int(k) < len(kindNames); k++ {
		if kindNames[k] == name {
			return k
		}
	}
	return KindUnknown
}

// hint is how a frame of a frequent kind begins if its sender puts the type first, with the
// spacing of JavaScript and of Python.
type hint struct {
	prefix string
	kind   Kind
}

// Only kinds whose own decoder reads the rest are hinted: a frame that is nothing but its
// type must be read to its end, or a malformed one would pass.
var hints = [...]hint{
	{`{"type":"inbound",`, KindInbound},
	{`{"type":"outbound_result",`, KindOutboundResult},
	{`{"type": "inbound",`, KindInbound},
	{`{"type": "outbound_result",`, KindOutboundResult},
	{`{"type":"outbound",`, KindOutbound},
	{`{"type": "outbound",`, KindOutbound},
	{`{"type":"passthrough_forward",`, KindPassthroughForward},
	{`{"type": "passthrough_forward",`, KindPassthroughForward},
}

// Classify returns the kind of a line. A type that the protocol does not name, or none at
// all, is KindUnknown without an error; such frames are ignored. The error is a
// *DecodeError when the line is not valid UTF-8, not valid JSON, not an object, or has a
// type that is not a string.
//
// A line that begins with the type of a busy kind is classified by it and not read
// further: the kind's own decoder checks the rest. (So of two types in one frame the first
// counts there, and the last everywhere else.)
func Classify(line []byte) (Kind, error) {
	for i := range hints {
		if h := &hints[i]; len(line) > len(h.prefix) && string(line[:len(h.prefix)]) == h.prefix {
			return h.kind, nil
		}
	}
	var head struct {
		Type *string `json:"type"`
	}
	if jsonv2.UnmarshalOf(line, &head) == nil && head.Type != nil {
		return kindOf(*head.Type), nil
	}
	return classifyLeniently(line)
}

func classifyLeniently(line []byte) (Kind, error) {
	obj, err := parseObject(KindUnknown, line)
	if err != nil {
		return KindUnknown, err
	}
	raw, ok := obj.get("type")
	if !ok {
		return KindUnknown, nil
	}
	if !isString(raw) {
		return KindUnknown, &DecodeError{Size: len(line), Reason: "type is not a string"}
	}
	return kindOf(text(raw)), nil
}

func isString(raw []byte) bool { return len(raw) > 0 && raw[0] == '"' }

func isObject(raw []byte) bool { return len(raw) > 0 && raw[0] == '{' }

func isArray(raw []byte) bool { return len(raw) > 0 && raw[0] == '[' }

func isNull(raw []byte) bool { return bytes.Equal(raw, []byte("null")) }
