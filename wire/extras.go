package wire

import (
	json "github.com/goccy/go-json"
)

// ReplyTo is the message that an event replies to, as far as the connector knows it.
type ReplyTo struct {
	Text   string `json:"text"`
	Author string `json:"author"`
	IsOwn  bool   `json:"is_own"`
}

// Extras are the fields of an event that few events have. A field that is null, empty or absent on the wire is its zero
// value. Nothing that it refers to may be changed.
type Extras struct {
	MediaURLs []string
	Media     []Media
	ReplyTo   *ReplyTo
	// Context is the list of messages around the event as it was sent, nil when there is
	// none; ChannelContext renders it.
	Context json.RawMessage
	// PromptResponse is the answer to a prompt, as the object that was sent; nil if the event
	// is not an answer. An event that has one is never chat.
	PromptResponse json.RawMessage
	// ContextError is set when the connector failed to get the context.
	ContextError bool
}

// Extras returns the fields that few events have, all zero for most.
func (e *Event) Extras() Extras {
	if e.extras == nil {
		return Extras{}
	}
	return *e.extras
}

// SetExtras sets the fields that few events have, for an event that is built and not received, and returns it.
func (e *Event) SetExtras(x Extras) *Event {
	e.extras = &x
	return e
}

// normalize puts freshly decoded extras into their normal form.
func (x *Extras) normalize() {
	if isNull(x.Context) {
		x.Context = nil
	}
	if !isObject(x.PromptResponse) {
		x.PromptResponse = nil
	}
	x.Media, x.MediaURLs = clip(x.Media), clip(x.MediaURLs)
}

func (x *Extras) empty() bool {
	return x.MediaURLs == nil && x.Media == nil && x.ReplyTo == nil && x.Context == nil && x.PromptResponse == nil &&
		!x.ContextError
}

// appendJSON appends those that were added after the first version, if they are set.
func (x *Extras) appendJSON(dst []byte) []byte {
	if len(x.Media) > 0 {
		dst = append(dst, `,"media":[`...)
		for i := range x.Media {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = x.Media[i].appendJSON(dst)
		}
		dst = append(dst, ']')
	}
	if r := x.ReplyTo; r != nil {
		dst = append(dst, `,"reply_to":{"text":`...)
		dst = appendString(dst, r.Text)
		dst = appendMember(dst, "author", r.Author)
		dst = append(appendBool(dst, "is_own", r.IsOwn), '}')
	}
	if len(x.Context) > 0 {
		dst = appendRawMember(dst, "context", x.Context)
	}
	if x.ContextError {
		dst = appendBool(dst, "context_error", true)
	}
	if len(x.PromptResponse) > 0 {
		dst = appendRawMember(dst, "prompt_response", x.PromptResponse)
	}
	return dst
}
