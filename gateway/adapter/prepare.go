package adapter

import "hermod/wire"

// Prepare returns what to send for an action: addressed, with the hints of UseFormatHints, and
// in as many messages as the platform's limit asks for. Describe returns a platform's descriptor, or the session's
// default for "", as a relay does. Beside the errors of Address there is an
// *UnsupportedOpError when the connector does not offer the op there.
func (e *Egress) Prepare(
	a wire.Action, platform string, describe func(platform string) *wire.Descriptor,
) ([]Envelope, error) {
	addressed, err := e.Address(a, platform)
	if err != nil {
		return nil, err
	}
	own := describe(addressed.Platform)
	descriptor := own
	if descriptor == nil {
		descriptor = describe("")
	}
	if !Offers(descriptor, a.Op()) {
		return nil, &UnsupportedOpError{Op: a.Op(), Platform: addressed.Platform}
	}
	parts := Split(e.withHints(addressed.Action, own), descriptor)
	envelopes := make([]Envelope, len(parts))
	for i, part := range parts {
		envelopes[i] = Envelope{Action: part, Platform: addressed.Platform}
	}
	return envelopes, nil
}

// Split cuts the content of a send or a follow_up into as many actions as the platform's
// limit asks for, by the rules of Chunk. Only the first carries the reply_to. Other actions,
// and those that fit, come back as they are. The descriptor is the platform's; nil stands for
// the default limit in code points.
func Split(a wire.Action, d *wire.Descriptor) []wire.Action {
	if op := a.Op(); op != wire.OpSend && op != wire.OpFollowUp {
		return []wire.Action{a}
	}
	limit, unit := 0, wire.Chars
	if d != nil {
		limit, unit = d.MaxMessageLength, d.LenUnit
	}
	chunks := Chunk(stringField(a, "content"), limit, unit)
	if len(chunks) < 2 {
		return []wire.Action{a}
	}
	actions := make([]wire.Action, len(chunks))
	for i, content := range chunks {
		actions[i] = a.With("content", content)
		if _, replies := a.Field("reply_to"); replies && i > 0 {
			actions[i] = actions[i].With("reply_to", nil)
		}
	}
	return actions
}

func stringField(a wire.Action, name string) string {
	raw, _ := a.Field(name)
	return textOf(raw)
}
