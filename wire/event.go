package wire

import (
	"bytes"

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

// ReplyTo is the message that an event replies to, as far as the connector knows it.
type ReplyTo struct {
	Text   string `json:"text"`
	Author string `json:"author"`
	IsOwn  bool   `json:"is_own"`
}

// Event is one message of a platform in the protocol's form. A string that is null, empty
// or absent on the wire is "". An Event shares no memory with the buffer it was read from,
// but its strings may share a copy of it: clone one that is kept for longer than the event.
type Event struct {
	Text             string      `json:"text"`
	MessageType      MessageType `json:"message_type"`
	MessageID        string      `json:"message_id"`
	ReplyToMessageID string      `json:"reply_to_message_id"`
	MediaURLs        []string    `json:"media_urls"`
	Media            []Media     `json:"media"`
	Source           Source      `json:"source"`
	ReplyTo          *ReplyTo    `json:"reply_to"`
	// Context is the list of messages around the event as it was sent, nil when there is
	// none; ChannelContext renders it.
	Context json.RawMessage `json:"context"`
	// PromptResponse is the answer to a prompt, as the object that was sent; nil if the event
	// is not an answer. An event that has one is never chat.
	PromptResponse json.RawMessage `json:"prompt_response"`
	// ContextError is set when the connector failed to get the context.
	ContextError bool `json:"context_error"`

	// frame is a copy of what was received: the event's object, or the frame around it.
	inFrame bool
	frame   []byte
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
	if e.inFrame {
		return find(e.frame, "event")
	}
	return e.frame
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
	for i, url := range e.MediaURLs {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendString(dst, url)
	}
	dst = append(dst, `],"source":`...)
	dst = e.Source.appendJSON(dst)
	dst = e.appendExtras(dst)
	return append(dst, '}')
}

// appendExtras appends the fields added after the first version, if they are set.
func (e *Event) appendExtras(dst []byte) []byte {
	if len(e.Media) > 0 {
		dst = append(dst, `,"media":[`...)
		for i := range e.Media {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = e.Media[i].appendJSON(dst)
		}
		dst = append(dst, ']')
	}
	if r := e.ReplyTo; r != nil {
		dst = append(dst, `,"reply_to":{"text":`...)
		dst = appendString(dst, r.Text)
		dst = appendMember(dst, "author", r.Author)
		dst = append(appendBool(dst, "is_own", r.IsOwn), '}')
	}
	if len(e.Context) > 0 {
		dst = appendRawMember(dst, "context", e.Context)
	}
	if e.ContextError {
		dst = appendBool(dst, "context_error", true)
	}
	if len(e.PromptResponse) > 0 {
		dst = appendRawMember(dst, "prompt_response", e.PromptResponse)
	}
	return dst
}

// MarshalJSON returns the event in its normal form.
func (e *Event) MarshalJSON() ([]byte, error) { return e.AppendJSON(nil), nil }

// trim returns a value without the space around it, and without its memory.
func trim(raw json.RawMessage) json.RawMessage {
	trimmed := bytes.Trim(raw, jsonSpace)
	if len(trimmed) == len(raw) {
		return raw
	}
	return bytes.Clone(trimmed)
}

// normalize puts the fields of a freshly decoded event into their normal form.
func (e *Event) normalize(d *Decoder) {
	e.MessageType = messageType(e.MessageType)
	if e.Source.ChatType == "" {
		e.Source.ChatType = defaultChatType
	}
	e.Source.OriginalPlatform = e.Source.Platform
	e.Source.Platform = d.platform(e.Source.Platform)
	if len(e.Context) > 0 {
		if e.Context = trim(e.Context); isNull(e.Context) {
			e.Context = nil
		}
	}
	if len(e.PromptResponse) > 0 {
		if e.PromptResponse = trim(e.PromptResponse); !isObject(e.PromptResponse) {
			e.PromptResponse = nil
		}
	}
	if len(e.Media) > 0 {
		e.Media = dropUnlinked(e.Media)
	}
	e.MediaURLs = clip(e.MediaURLs)
}
