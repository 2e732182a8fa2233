package wire

import (
	"slices"
	"strconv"
)

// Defaults of a descriptor.
const (
	// ContractVersion is the version of the protocol that this package speaks.
	ContractVersion = 1
	// DefaultMaxMessageLength replaces a length that is not a positive number.
	DefaultMaxMessageLength = 4096

	defaultEmoji = "🔌"

	// maxOps is how many ops of a descriptor are read.
	maxOps = 1024
)

// Descriptor says what a platform behind a connector can do. It answers a hello.
type Descriptor struct {
	ContractVersion int
	Platform        string
	Label           string
	// MaxMessageLength is the longest message, counted in LenUnit; always positive when
	// decoded.
	MaxMessageLength       int
	SupportsDraftStreaming bool
	SupportsEdit           bool
	SupportsThreads        bool
	MarkdownDialect        string
	LenUnit                LenUnit

	Emoji           string
	PlatformHint    string
	PIISafe         bool
	SupportsContext bool
	// SupportedOps are the ops that the connector names; SupportsOp reads them.
	SupportedOps                 []string
	SupportsInchannelContinuable bool
	SupportsBlockFormatting      bool
}

// legacyOps are the ops of a connector that names none.
var legacyOps = []string{OpSend, OpEdit, OpTyping, OpFollowUp}

// SupportsOp reports whether the connector offers the op. A connector that names no ops offers
// send, edit, typing and follow_up.
func (d *Descriptor) SupportsOp(op string) bool {
	if len(d.SupportedOps) == 0 {
		return slices.Contains(legacyOps, op)
	}
	return slices.Contains(d.SupportedOps, op)
}

// Clone returns a copy that shares nothing with d; nil of nil.
func (d *Descriptor) Clone() *Descriptor {
	if d == nil {
		return nil
	}
	clone := *d
	clone.SupportedOps = slices.Clone(d.SupportedOps)
	return &clone
}

var requiredKeys = [...]string{
	"contract_version", "platform", "label", "max_message_length", "supports_draft_streaming",
	"supports_edit", "supports_threads", "markdown_dialect", "len_unit",
}

// DecodeDescriptor reads a descriptor frame. The error is a *DecodeError as of
// ParseDescriptor.
func DecodeDescriptor(line []byte) (*Descriptor, error) {
	obj, err := parseObject(KindDescriptor, line)
	if err != nil {
		return nil, err
	}
	raw, _ := obj.get("descriptor")
	return parseDescriptor(raw, len(line))
}

// ParseDescriptor reads a descriptor object alone. The error is a *DecodeError when it is not
// an object or lacks a required key; values of an unexpected type are coerced, and unknown keys
// are ignored.
func ParseDescriptor(obj []byte) (*Descriptor, error) {
	o, err := parseObject(KindDescriptor, obj)
	if err != nil {
		return nil, err
	}
	return descriptorOf(o, len(obj))
}

func parseDescriptor(raw []byte, size int) (*Descriptor, error) {
	if !isObject(raw) {
		return nil, &DecodeError{Kind: KindDescriptor, Size: size, Reason: "descriptor is not an object"}
	}
	return descriptorOf(splitObject(raw), size)
}

func descriptorOf(o object, size int) (*Descriptor, error) {
	for _, key := range requiredKeys {
		if _, ok := o.get(key); !ok {
			return nil, &DecodeError{Kind: KindDescriptor, Size: size, Reason: "descriptor lacks " + key}
		}
	}
	d := &Descriptor{
		Platform:                     o.text("platform"),
		Label:                        o.text("label"),
		MaxMessageLength:             DefaultMaxMessageLength,
		SupportsDraftStreaming:       o.flag("supports_draft_streaming"),
		SupportsEdit:                 o.flag("supports_edit"),
		SupportsThreads:              o.flag("supports_threads"),
		MarkdownDialect:              o.text("markdown_dialect"),
		LenUnit:                      lenUnit(o.text("len_unit")),
		Emoji:                        defaultEmoji,
		PlatformHint:                 o.text("platform_hint"),
		PIISafe:                      o.flag("pii_safe"),
		SupportsContext:              o.flag("supports_context"),
		SupportsInchannelContinuable: o.flag("supports_inchannel_continuable"),
		SupportsBlockFormatting:      o.flag("supports_block_formatting"),
	}
	version, _ := o.get("contract_version")
	d.ContractVersion, _ = integer(version)
	length, _ := o.get("max_message_length")
	if n, ok := integer(length); ok && n > 0 {
		d.MaxMessageLength = n
	}
	if emoji, ok := o.get("emoji"); ok {
		d.Emoji = text(emoji)
	}
	for op := range o.list("supported_ops") {
		if isString(op) && truthy(op) && len(d.SupportedOps) < maxOps {
			d.SupportedOps = append(d.SupportedOps, text(op))
		}
	}
	d.SupportedOps = clip(d.SupportedOps)
	return d, nil
}

// AppendDescriptor appends a descriptor frame to dst.
func AppendDescriptor(dst []byte, d *Descriptor) []byte {
	dst = beginFrame(dst, KindDescriptor)
	dst = append(dst, `,"descriptor":`...)
	return endFrame(d.AppendJSON(dst))
}

// AppendJSON appends the descriptor's object to dst. supported_ops is left out when there
// are none, which means the same as an empty list.
func (d *Descriptor) AppendJSON(dst []byte) []byte {
	dst = append(dst, `{"contract_version":`...)
	dst = strconv.AppendInt(dst, int64(d.ContractVersion), 10)
	dst = appendMember(dst, "platform", d.Platform)
	dst = appendMember(dst, "label", d.Label)
	dst = append(dst, `,"max_message_length":`...)
	dst = strconv.AppendInt(dst, int64(d.MaxMessageLength), 10)
	dst = appendBool(dst, "supports_draft_streaming", d.SupportsDraftStreaming)
	dst = appendBool(dst, "supports_edit", d.SupportsEdit)
	dst = appendBool(dst, "supports_threads", d.SupportsThreads)
	dst = appendMember(dst, "markdown_dialect", d.MarkdownDialect)
	dst = appendMember(dst, "len_unit", string(d.LenUnit))
	dst = appendMember(dst, "emoji", d.Emoji)
	dst = appendMember(dst, "platform_hint", d.PlatformHint)
	dst = appendBool(dst, "pii_safe", d.PIISafe)
	dst = appendBool(dst, "supports_context", d.SupportsContext)
	if len(d.SupportedOps) > 0 {
		dst = append(dst, `,"supported_ops":[`...)
		for i, op := range d.SupportedOps {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = appendString(dst, op)
		}
		dst = append(dst, ']')
	}
	dst = appendBool(dst, "supports_inchannel_continuable", d.SupportsInchannelContinuable)
	dst = appendBool(dst, "supports_block_formatting", d.SupportsBlockFormatting)
	return append(dst, '}')
}

// MarshalJSON returns the descriptor's object.
func (d *Descriptor) MarshalJSON() ([]byte, error) { return d.AppendJSON(nil), nil }
