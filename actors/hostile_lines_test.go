package actors_test

import (
	"fmt"
	"strings"

	"github.com/gobwas/ws"

	"hermod/actors"
)

// A line of long, which is a little less than maxFrame, has room for a frame around it.
const long = maxFrame - 1<<10

// lineOffences are lines that cost much, or make no sense. Each is one line of about a megabyte, or a few of them.
var lineOffences = []offence{
	{name: "an endless line", commit: endlessLine, answer: 1009, shows: "longer than the limit", heap: [...]float64{3, 3, 3}},
	{name: "a line of a million frames of a byte", commit: tinyFrames, answer: goesOn, counts: "malformed", least: 1,
		heap: [...]float64{6, 6, 6}},
	{name: "a million empty frames in one message", commit: emptyFrames, answer: goesOn, heap: tiny},
	{name: "what is not JSON", commit: lines("{", "}{", "\x00", strings.Repeat("!", long)),
		answer: goesOn, counts: "malformed", least: 4, heap: line1},
	{name: "JSON that is no object", commit: lines("[]", "5", "null", `"x"`, "true"),
		answer: goesOn, counts: "malformed", least: 5, heap: line1},
	{name: "frames of unknown types, and of a gateway's", commit: lines(`{}`, `{"type":"news"}`, `{"type":"hello"}`,
		`{"type":"outbound"}`, `{"type":"inbound_ack","bufferId":"b"}`, `{"type":"`+strings.Repeat("t", long)+`"}`),
		answer: goesOn, counts: "ignored", least: 6, heap: line1},
	{name: "text that is not UTF-8", commit: lines(inboundLine(`"text":"\xed\xa0\x80"`)),
		answer: goesOn, counts: "malformed", least: 1, heap: line1},
	{name: "a megabyte of text that is not UTF-8", commit: lines(inboundLine(`"text":"` + strings.Repeat("\xff", long) + `"`)),
		answer: goesOn, counts: "malformed", least: 1, heap: line1},
	{name: "a line nested half a million deep", commit: lines(strings.Repeat("[", long/2) + strings.Repeat("]", long/2)),
		answer: goesOn, counts: "malformed", least: 1, heap: line1},
	{name: "an event nested half a million deep",
		commit: lines(inboundLine(`"x":` + strings.Repeat("[", long/2) + strings.Repeat("]", long/2))),
		answer: goesOn, counts: "malformed", least: 1, heap: line1},
	{name: "a result nested half a million deep",
		commit: lines(`{"type":"outbound_result","requestId":"r","result":` + strings.Repeat("[", long/2) + strings.Repeat("]", long/2) + `}`),
		answer: goesOn, counts: "late_results", least: 1, heap: line1},
	{name: "ids that are numbers of a megabyte",
		commit: lines(inboundLine(`"message_id":`+strings.Repeat("7", long)), inboundLine(`"message_id":-`+strings.Repeat("7", long)+`e999`)),
		answer: goesOn, counts: "handled", least: 2, heap: [...]float64{3, 3, 3}},
	{name: "a buffer id of a megabyte", commit: lines(bufferedLine(`"` + strings.Repeat("b", long) + `"`)),
		answer: goesOn, counts: "acks", least: 1, heap: [...]float64{4, 4, 4}},
	{name: "a buffer id of a megabyte that is a number", commit: lines(bufferedLine(strings.Repeat("7", long))),
		answer: goesOn, counts: "acks", least: 1, heap: [...]float64{4, 4, 4}},
	{name: "buffer ids of a megabyte of characters that grow when they are encoded",
		commit: lines(bufferedLine(`"`+strings.Repeat("<", long)+`"`), bufferedLine(`"`+strings.Repeat("\u2028", long/3)+`"`),
			bufferedLine(`"`+strings.Repeat("\x7f", long)+`"`)),
		answer: goesOn, counts: "handled", least: 3, heap: [...]float64{8, 8, 8}},
	{name: "a name that comes a hundred thousand times",
		commit: lines(inboundLine(strings.Repeat(`"text":"x",`, long/12) + `"text":"last"`)),
		answer: goesOn, counts: "handled", least: 1, heap: line1},
	{name: "a type that comes fifty thousand times", commit: lines(`{` + strings.Repeat(`"type":"inbound",`, long/18) + `"type":"x"}`),
		answer: goesOn, counts: "handled", least: 1, heap: line1},
	{name: "an event of a hundred thousand unknown fields",
		commit: lines(inboundLine(`"a":0` + strings.Repeat(`,"abc":[0]`, long/11))), answer: goesOn, counts: "handled", least: 1, heap: line1},
	{name: "three hundred thousand empty attachments", commit: lines(inboundLine(`"media":[{}` + strings.Repeat(`,{}`, long/3) + `]`)),
		answer: goesOn, counts: "handled", least: 1, heap: line1},
	{name: "attachments of the least size", commit: lines(inboundLine(`"media":[{"url":"a"}` + strings.Repeat(`,{"url":"a"}`, long/13) + `]`)),
		answer: goesOn, counts: "handled", least: 1, heap: line1},
	{name: "a forward of a hundred thousand headers", commit: lines(`{"type":"passthrough_forward","forward":{"headers":[["",""]` +
		strings.Repeat(`,["",""]`, long/9) + `]}}`), answer: goesOn, counts: "handled", least: 1, heap: line1},
	{name: "a descriptor of a megabyte", commit: lines(descriptorLine("discord", strings.Repeat("l", long-1<<10), "")),
		answer: goesOn, counts: "malformed", least: 1, heap: line1},
	{name: "a descriptor of a hundred thousand ops", commit: lines(descriptorLine("discord", "l", `,"supported_ops":["a"`+strings.Repeat(`,"a"`, long/5)+`]`)),
		answer: goesOn, counts: "malformed", least: 1, heap: line1},
	{name: "broken descriptors", commit: lines(`{"type":"descriptor"}`, `{"type":"descriptor","descriptor":[]}`,
		`{"type":"descriptor","descriptor":{"platform":7}}`), answer: goesOn, counts: "malformed", least: 3, heap: line1},
	{name: "a descriptor of a megabyte before any other", stage: beforeHellos,
		commit: lines(descriptorLine("discord", strings.Repeat("l", long-1<<10), "")),
		answer: leaves, shows: "handshake with connector: ", heap: line1},
	{name: "a broken descriptor before any other", stage: beforeHellos, commit: lines(`{"type":"descriptor","descriptor":{}}`),
		answer: leaves, shows: "handshake with connector: ", heap: line1},
}

// line1 bounds the heap of an offence of a few lines of a megabyte, once they are handled.
var line1 = [...]float64{2, 2, 2}

// lines sends each line in a message of its own.
func lines(lines ...string) func(*attack) {
	return func(a *attack) {
		for _, line := range lines {
			a.write(text(line + "\n"))
		}
	}
}

// stuckChat is a chat whose handler takes nothing until the attack is over.
const stuckChat = "stuck"

// eventLine is an event of a chat, with its line end.
func eventLine(chat, members string) string {
	return `{"type":"inbound","event":{` + members + `,"source":{"platform":"discord","chat_id":"` + chat +
		`","chat_type":"dm","user_id":"u1"}}}` + "\n"
}

func inboundLine(members string) string { return `{"type":"inbound","event":{` + members + `}}` }

func bufferedLine(id string) string {
	return `{"type":"inbound","event":{"text":"x"},"bufferId":` + id + `}`
}

func descriptorLine(platform, label, more string) string {
	return fmt.Sprintf(`{"type":"descriptor","descriptor":{"contract_version":1,"platform":%q,"label":%q,`+
		`"max_message_length":4096,"supports_draft_streaming":false,"supports_edit":true,"supports_threads":true,`+
		`"markdown_dialect":"plain","len_unit":"chars"%s}}`, platform, label, more)
}

func endlessLine(a *attack) {
	for part := text(strings.Repeat("x", 64<<10)); a.write(part); {
	}
}

// tinyFrames sends a line of a million bytes in a message of as many frames.
func tinyFrames(a *attack) {
	a.write([]byte{0x01, 1, '{'})
	part := []byte(strings.Repeat(string(ws.MustCompileFrame(ws.NewFrame(ws.OpContinuation, false, []byte("x")))), 1000))
	for range 1000 {
		a.write(part)
	}
	a.write([]byte{0x80, 1, '\n'})
}

func emptyFrames(a *attack) {
	a.write([]byte{0x01, 0})
	part := []byte(strings.Repeat("\x00\x00", 10_000))
	for range 100 {
		a.write(part)
	}
	a.write([]byte{0x80, 0})
}

// queued bounds the queue by a number of deliveries.
func queued(most int) func(*actors.Config) { return func(c *actors.Config) { c.MaxQueued = most } }
