package wire

import (
	"bytes"
	"iter"

	json "github.com/goccy/go-json"
)

// Decoder reads the frames that carry deliveries. Platforms are lower-case names that count as
// known besides KnownPlatforms. The zero value is ready; a Decoder is safe for concurrent use
// as long as Platforms is not changed.
type Decoder struct {
	Platforms []string
}

// Inbound is one delivery of an event.
type Inbound struct {
	Event *Event
	// BufferID is what an acknowledgement must carry, "" if the delivery is live and cannot be
	// acknowledged.
	BufferID string
}

// Inbound reads an inbound frame. The error is a *DecodeError; if the envelope could still be
// read, the Inbound has its BufferID and no Event, so that the delivery can be given up and
// acknowledged.
func (d *Decoder) Inbound(line []byte) (*Inbound, error) {
	box := &struct {
		in Inbound
		ev Event
	}{}
	id, err := new(EventReader).Inbound(d, bytes.Clone(line), &box.ev)
	box.in.BufferID = id
	if err == nil {
		box.in.Event = &box.ev
	} else if id == "" {
		return nil, err
	}
	return &box.in, err
}

// Inbound is Decoder.Inbound for a caller that provides the memory: it reads the frame into ev, a zero Event, and
// returns the BufferID, even with an error if it could be read. The event takes ownership of line, which must not be
// changed afterwards.
func (r *EventReader) Inbound(d *Decoder, line []byte, ev *Event) (bufferID string, err error) {
	bufferID, ok := r.scanInbound(line, ev)
	if !ok {
		*ev = Event{}
		return d.inboundLeniently(line, ev)
	}
	ev.normalize(r.platformOf(d, ev.Source.Platform))
	return bufferID, nil
}

func (d *Decoder) inboundLeniently(line []byte, ev *Event) (bufferID string, err error) {
	obj, err := parseObject(KindInbound, line)
	if err != nil {
		return "", err
	}
	id, _ := obj.get("bufferId")
	raw, ok := obj.get("event")
	if !ok {
		raw = []byte("{}")
	}
	read, reason := d.eventLeniently(raw)
	if read == nil {
		return bufferIDOf(id), &DecodeError{Kind: KindInbound, Size: len(line), Reason: reason}
	}
	*ev = *read
	if ok {
		ev.raw = sameMemory(raw)
	}
	return bufferIDOf(id), nil
}

// Event reads an event object alone. The error is a *DecodeError.
func (d *Decoder) Event(obj []byte) (*Event, error) {
	obj = bytes.Trim(obj, jsonSpace)
	obj = bytes.Clone(obj)
	ev := &Event{}
	if new(EventReader).scanAlone(obj, ev) {
		ev.normalize(d.platform(ev.Source.Platform))
		return ev, nil
	}
	if _, err := parseObject(KindInbound, obj); err != nil {
		return nil, err
	}
	ev, reason := d.eventLeniently(obj)
	if ev == nil {
		return nil, &DecodeError{Kind: KindInbound, Size: len(obj), Reason: reason}
	}
	ev.raw = sameMemory(obj)
	return ev, nil
}

// ParseEvent reads an event object alone, with KnownPlatforms only.
func ParseEvent(obj []byte) (*Event, error) { return new(Decoder).Event(obj) }

// eventLeniently reads an event from a valid JSON value, and coerces values of an unexpected
// type. It returns nil and the reason if that is not possible.
func (d *Decoder) eventLeniently(raw []byte) (*Event, string) {
	if !isObject(raw) {
		return nil, "event is not an object"
	}
	o := splitObject(raw)
	ev := &Event{Text: o.text("text"), MessageID: o.text("message_id"), ReplyToMessageID: o.text("reply_to_message_id")}
	if kind, _ := o.get("message_type"); isString(kind) {
		ev.MessageType = MessageType(text(kind))
	}
	if source, ok := o.get("source"); ok && truthy(source) {
		if !isObject(source) {
			return nil, "event.source is not an object"
		}
		ev.Source = sourceOf(splitObject(source))
	}
	x := Extras{
		MediaURLs:      urlsOf(o.list("media_urls")),
		Media:          mediaOf(o.list("media")),
		Context:        o.raw("context"),
		ContextError:   o.flag("context_error"),
		PromptResponse: o.raw("prompt_response"),
	}
	if reply, ok := o.get("reply_to"); ok && truthy(reply) {
		if !isObject(reply) {
			return nil, "event.reply_to is not an object"
		}
		r := splitObject(reply)
		x.ReplyTo = &ReplyTo{Text: r.text("text"), Author: r.text("author"), IsOwn: r.flag("is_own")}
	}
	if x.normalize(); !x.empty() {
		ev.SetExtras(x)
	}
	ev.normalize(d.platform(ev.Source.Platform))
	return ev, ""
}

// urlsOf reads the strings of a list; anything else in it takes no memory.
func urlsOf(list iter.Seq[[]byte]) []string {
	urls := make([]string, 0, count(list, isString))
	for url := range list {
		if isString(url) {
			urls = append(urls, text(url))
		}
	}
	return urls
}

// AppendInbound appends an inbound frame to dst. The event must be a valid JSON object; an
// empty bufferID is left out.
func AppendInbound(dst []byte, event json.RawMessage, bufferID string) []byte {
	dst = beginFrame(dst, KindInbound)
	dst = appendRawMember(dst, "event", event)
	if bufferID != "" {
		dst = appendMember(dst, "bufferId", bufferID)
	}
	return endFrame(dst)
}
