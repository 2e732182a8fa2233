package wire

import json "github.com/goccy/go-json"

// Payload returns the object that a delivery's frame carries, an event or a forward, as it was received. The frame must
// be valid JSON of that kind. The object is a part of it; nil when there is none.
func Payload(kind Kind, frame []byte) json.RawMessage {
	if kind == KindPassthroughForward {
		return find(frame, "forward")
	}
	return find(frame, "event")
}
