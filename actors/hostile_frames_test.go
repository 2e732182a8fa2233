package actors_test

import (
	"strings"

	"github.com/gobwas/ws"

	"hermod/messages"
)

// tiny bounds the heap of an offence that is no flood.
var tiny = [...]float64{0.5, 0.5, 0.5}

// frameOffences break RFC 6455 with a frame.
var frameOffences = []offence{
	{name: "a compressed frame (RSV1), which nobody negotiated", commit: raw("\xc1\x00"),
		answer: 1002, shows: "reserved bits are set", heap: tiny},
	{name: "RSV2", commit: raw("\xa1\x00"), answer: 1002, shows: "reserved bits are set", heap: tiny},
	{name: "RSV3 on a ping", commit: raw("\x99\x00"), answer: 1002, shows: "reserved bits are set", heap: tiny},
	{name: "a masked frame", commit: raw("\x81\x81\x00\x00\x00\x00x"), answer: 1002, shows: "is masked", heap: tiny},
	{name: "a reserved opcode", commit: raw("\x83\x00"), answer: 1002, shows: "unknown frame 0x3", heap: tiny},
	{name: "a reserved control opcode", commit: raw("\x8b\x00"), answer: 1002, shows: "unknown control frame 0xb", heap: tiny},
	{name: "a fragmented ping", commit: raw("\x09\x00"), answer: 1002, shows: "fragmented or too long", heap: tiny},
	{name: "a ping of 126 bytes", commit: raw("\x89\x7e\x00\x7e" + strings.Repeat("p", 126)),
		answer: 1002, shows: "fragmented or too long", heap: tiny},
	{name: "a continuation without a start", commit: raw("\x80\x00"), answer: 1002, shows: "without a message", heap: tiny},
	{name: "a message inside a message", commit: raw("\x01\x00\x81\x00"), answer: 1002, shows: "inside a message", heap: tiny},
	{name: "a frame of 2^63 bytes", commit: raw("\x82\x7f\xff\xff\xff\xff\xff\xff\xff\xff"),
		answer: 1002, shows: "impossible frame length", heap: tiny},
	{name: "a frame of 2^62 bytes that is one line", commit: announceMuch,
		answer: 1009, shows: "longer than the limit", heap: [...]float64{3, 3, 3}},
	{name: "a length in more bytes than it takes", commit: raw("\x81\x7f\x00\x00\x00\x00\x00\x00\x00\x02{\n"),
		answer: goesOn, counts: "malformed", least: 1, heap: tiny},
	{name: "a binary message", commit: raw("\x82\x02{\n"), answer: goesOn, counts: "malformed", least: 1, heap: tiny},
}

// closeOffences are close frames that are wrong, or come at a bad time.
var closeOffences = []offence{
	{name: "a close frame without a body", commit: raw("\x88\x00"), answer: 1000, shows: "1005", heap: tiny},
	{name: "a close frame of one byte", commit: raw("\x88\x01\x03"), answer: 1002, shows: "one byte", heap: tiny},
	{name: "a close frame of 126 bytes", commit: raw("\x88\x7e\x00\x7e\x03\xe8" + strings.Repeat("r", 124)),
		answer: 1002, shows: "fragmented or too long", heap: tiny},
	{name: "a fragmented close frame", commit: raw("\x08\x02\x03\xe8"), answer: 1002, shows: "fragmented or too long", heap: tiny},
	{name: "close code 0", commit: raw("\x88\x02\x00\x00"), answer: 1002, shows: "must not be sent", heap: tiny},
	{name: "close code 999", commit: raw("\x88\x02\x03\xe7"), answer: 1002, shows: "must not be sent", heap: tiny},
	{name: "close code 1004", commit: raw("\x88\x02\x03\xec"), answer: 1002, shows: "must not be sent", heap: tiny},
	{name: "close code 1005", commit: raw("\x88\x02\x03\xed"), answer: 1002, shows: "must not be sent", heap: tiny},
	{name: "close code 1006", commit: raw("\x88\x02\x03\xee"), answer: 1002, shows: "must not be sent", heap: tiny},
	{name: "close code 1015", commit: raw("\x88\x02\x03\xf7"), answer: 1002, shows: "must not be sent", heap: tiny},
	{name: "close code 2999", commit: raw("\x88\x02\x0b\xb7"), answer: 1002, shows: "must not be sent", heap: tiny},
	{name: "close code 65535", commit: raw("\x88\x02\xff\xff"), answer: 1002, shows: "must not be sent", heap: tiny},
	{name: "a reason that is not UTF-8", commit: raw("\x88\x05\x03\xe8\xed\xa0\x80"), answer: 1007, shows: "not valid UTF-8", heap: tiny},
	{name: "events behind its close frame", commit: raw("\x88\x02\x03\xe8" + string(text(eventLine("c", `"text":"late"`)))),
		answer: 1000, shows: "1000", heap: tiny},
	{name: "a close frame inside a message", commit: raw("\x01\x01{\x88\x02\x03\xe9"), answer: 1001, shows: "1001", heap: tiny},
	{name: "4401 behind a full queue", change: queued(20), commit: closeBehindQueue, answer: 4401, shows: "4401",
		heap: tiny},
}

// raw writes bytes to the socket.
func raw(b string) func(*attack) { return func(a *attack) { a.write([]byte(b)) } }

// text is a text message.
func text(payload string) []byte { return ws.MustCompileFrame(ws.NewTextFrame([]byte(payload))) }

// announceMuch sends a line without an end, in a frame that has none either.
func announceMuch(a *attack) {
	a.write([]byte("\x81\x7f\x40\x00\x00\x00\x00\x00\x00\x00"))
	for part := []byte(strings.Repeat("x", 64<<10)); a.write(part); {
	}
}

// closeBehindQueue revokes the credential of a gateway whose handlers take nothing any more.
func closeBehindQueue(a *attack) {
	for range 25 {
		a.write(text(eventLine(stuckChat, `"text":"x"`)))
	}
	a.ends = messages.Disabled
	a.write([]byte("\x88\x02\x11\x31"))
}
