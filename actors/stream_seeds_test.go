package actors_test

import (
	"strings"

	"hermod/wire"
	"hermod/wire/wiretest"
)

// streamSeed is an input of FuzzStream.
type streamSeed struct {
	stream, cuts string
	mode         streamMode
}

// streamSeeds are sessions that are well, and the small ones of the offences.
func streamSeeds() (seeds []streamSeed) {
	lines := func(mode streamMode, cuts string, lines ...string) {
		seeds = append(seeds, streamSeed{strings.Join(lines, "\n") + "\n", cuts, mode | streamOfLines})
	}
	descriptors := string(wire.AppendDescriptor(nil, wiretest.Descriptor("discord"))) +
		string(wire.AppendDescriptor(nil, wiretest.Descriptor("slack")))
	inbound := func(chat, id, text, bufferID string) string {
		return strings.TrimSpace(string(wire.AppendInbound(nil, wiretest.Event("discord", chat, id, text), bufferID)))
	}
	result := `{"type":"outbound_result","requestId":"` + requestNames[0] + `","result":{"success":true,"message_id":"m"}}`
	other := strings.ReplaceAll(result, "R", "S")
	lines(0, "", descriptors)
	lines(0, "\x05\x45\x85\xc5", descriptors, inbound("c", "m1", "x", "b1"))
	lines(streamOfShaken, "", result, other, result, `{"type":"going_idle_ack"}`)
	lines(streamOfShaken, "", inbound("c", "m1", "x", "b1"), inbound("c", "m1", "x", "b1"), inbound("c", "m2", "slow", "b2"))
	lines(streamOfShaken, "", inbound("c", "m1", "fail", "b1"), inbound("c", "m1", "fail", "b2"), inbound("d", "", "send", ""))
	lines(streamOfShaken|streamUnread, "", inbound("c", "m1", "send", "b1"), other)
	lines(streamOfShaken|streamLeft, "", inbound("c", "m1", "slow", "b1"), inbound("c", "m2", "wait", "b2"))
	lines(streamOfShaken|7<<4, "", inbound("c", "m1", "slow", "b1"), inbound("c", "", "slow", ""), inbound("c", "", "fail", "7"))
	lines(streamOfShaken, "", `{"type":"interrupt_inbound","session_key":"slow","chat_id":"c"}`,
		`{"type":"interrupt_inbound"}`, `{"type":"passthrough_forward","forward":{"platform":"slack","path":"fail"},"bufferId":"f"}`,
		`{"type":"passthrough_forward","forward":{"bodyB64":"aGk=","headers":[["a","b"]]},"bufferId":1.50}`,
		`{"type":"inbound","event":7,"bufferId":"bad"}`, `{"type":"passthrough_forward","forward":[],"bufferId":["x"]}`)
	lines(7<<4, "", `{"type":"outbound_result","requestId":"`+strangerID+`","result":{}}`, "{", "[]", descriptors)
	for _, message := range []string{
		"\x01\x05{\"a\":\x89\x01p\x80\x031}\n", "\x82\x00", "\xc1\x00", "\x81\x81\x00\x00\x00\x00x", "\x83\x00", "\x09\x00",
		"\x80\x00", "\x01\x00\x81\x00", "\x88\x00", "\x88\x01\x03", "\x88\x02\x03\xe8", "\x88\x02\x11\x31", "\x88\x02\x03\xed",
		"\x88\x05\x03\xe8\xed\xa0\x80", "\x8a\x01p", "\x81\x7f\x40\x00\x00\x00\x00\x00\x00\x00xxx", "\x81\x7e\x00\x02{\n",
		"\x88\x09\x11\x31expired", "\x88\x0a\x03\xe8replaced",
	} {
		seeds = append(seeds, streamSeed{message, "", streamOfShaken}, streamSeed{message, "\x00\x80", 5 << 4})
	}
	return seeds
}
