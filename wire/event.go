package wire

import (
	"unsafe"

	json "github.com/goccy/go-json"
)

// MessageType is what an event carries.
type MessageType string

// The message types; any other that is received counts as TypeText.
const (
	TypeText     MessageType = "text"
	TypeLocation MessageType = "location"
	TypePhoto    MessageType = "photo"
	TypeVideo    MessageType = "video"
	TypeAudio    MessageType = "audio"
	TypeVoice    MessageType = "voice"
	TypeDocument MessageType = "document"
	TypeSticker  MessageType = "sticker"
	TypeCommand  MessageType = "command"
)

// messageTypes are the types but TypeText.
var messageTypes = [...]MessageType{TypeLocation, TypePhoto, TypeVideo, TypeAudio, TypeVoice, TypeDocument, TypeSticker,
	TypeCommand}

// messageType returns the type of that exact name, TypeText if there is none. It shares no memory with the name.
func messageType(name MessageType) MessageType {
	if name == TypeText {
		return TypeText
	}
	for _, known := range messageTypes {
		if name == known {
			return known
		}
	}
	return TypeText
}

// Event is one message of a platform in the protocol's form. A string that is null, empty
// or absent on the wire is "". What few events have is behind Extras. An Event shares no memory with the buffer it was
// read from, but its strings may share a copy of it: clone one that is kept for longer than the event.
type Event struct {
	Text             string
	MessageType      MessageType
	MessageID        string
	ReplyToMessageID string
	Source           Source

	extras *Extras // nil when there are none
	raw    string  // the object as it was received, "" when it was not; the strings are parts of it
}

// DedupeKey returns the key that identifies this message: platform:chat_id:message_id. It is
// "" when either id is missing: such an event cannot be told from its copy. Digest is the same
// in a fixed size.
func (e *Event) DedupeKey() string {
	if e.Source.ChatID == "" || e.MessageID == "" {
		return ""
	}
	return e.Source.Platform + ":" + e.Source.ChatID + ":" + e.MessageID
}

// Raw returns the event's object as it was received, with the fields that Event does not
// know, nil for an event that was not received. It must not be changed.
func (e *Event) Raw() json.RawMessage {
	return unsafe.Slice(unsafe.StringData(e.raw), len(e.raw))
}

// Field returns a field of the event's object as it was received. It must not be changed.
func (e *Event) Field(name string) (json.RawMessage, bool) {
	raw := find(e.Raw(), name)
	return raw, raw != nil
}

// AppendJSON appends the event in its normal form to dst: the names of the wire, every field of
// the first version, null for an empty nullable string, the known platform, and
// delivered_via_upstream_relay, which is added here.
func (e *Event) AppendJSON(dst []byte) []byte {
	dst = append(dst, `{"text":`...)
	dst = appendString(dst, e.Text)
	dst = appendMember(dst, "message_type", string(messageType(e.MessageType)))
	dst = appendNullable(dst, "message_id", e.MessageID)
	dst = appendNullable(dst, "reply_to_message_id", e.ReplyToMessageID)
	dst = append(dst, `,"media_urls":[`...)
	for i, url := range e.Extras().MediaURLs {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendString(dst, url)
	}
	dst = append(dst, `],"source":`...)
	dst = e.Source.appendJSON(dst)
	if e.extras != nil {
		dst = e.extras.appendJSON(dst)
	}
	return append(dst, '}')
}

// MarshalJSON returns the event in its normal form.
func (e *Event) MarshalJSON() ([]byte, error) { return e.AppendJSON(nil), nil }

// UnmarshalJSON is ParseEvent.
func (e *Event) UnmarshalJSON(obj []byte) error {
	read, err := ParseEvent(obj)
	if err == nil {
		*e = *read
	}
	return err
}

// normalize puts the fields of a freshly decoded event into their normal form; platform is the known name of its own.
func (e *Event) normalize(platform string) {
	e.MessageType = messageType(e.MessageType)
	if e.Source.ChatType == "" {
		e.Source.ChatType = defaultChatType
	}
	e.Source.OriginalPlatform = e.Source.Platform
	e.Source.Platform = platform
}
