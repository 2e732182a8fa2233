package actors_test

import (
	"bytes"
	"fmt"
	"strings"
)

// supply gives the bytes that go over the wire next. They are the caller's until the next call.
type supply func(n int) []byte

// repeated is a flood of the same bytes, in pieces of at least 64 KiB.
func repeated(bytes string) func() supply {
	return func() supply {
		piece := []byte(strings.Repeat(bytes, 1+(64<<10)/len(bytes)))
		return func(int) []byte { return piece }
	}
}

// numbered is a flood of lines that differ in a number, in messages of at least 64 KiB.
func numbered(format string) func() supply {
	return func() supply {
		var message []byte
		count := 0
		return func(int) []byte {
			message = message[:0]
			for len(message) < 64<<10 {
				message = fmt.Appendf(message, format, count)
				message = append(message, '\n')
				count++
			}
			return text(string(message))
		}
	}
}

// padded is a flood of long lines that differ in a number, which takes the place of #########.
func padded(line string) func() supply {
	return func() supply {
		message := text(line + "\n")
		place := bytes.Index(message, []byte("#########"))
		return func(n int) []byte {
			copy(message[place:], fmt.Sprintf("%09d", n))
			return message
		}
	}
}

// much is the size of a flood that no queue holds back.
func much(int) int { return 16 << 20 }

// some is the size of a flood of what costs a handler's goroutine each.
func some(int) int { return 4 << 20 }

// little is the size of a flood of frames of a few bytes.
func little(int) int { return 1 << 20 }

// few is the size of a flood of pings whose pongs may all wait to be written.
func few(int) int { return 256 << 10 }

const strangerID = "0123456789abcdef0123456789abcdef"

// floodOffences are floods of what no queue holds back, since it is dropped or handled at once.
var floodOffences = []offence{
	{name: "small results that nobody asked for", size: much, heap: flooded,
		flood:  repeated(string(text(`{"type":"outbound_result","requestId":"` + strangerID + `","result":{"success":true}}` + "\n"))),
		answer: goesOn, counts: "late_results", least: 100_000},
	{name: "results of a megabyte that nobody asked for", size: much, heap: flooded,
		flood: repeated(string(text(`{"type":"outbound_result","requestId":"` + strangerID +
			`","result":{"success":true,"error":"` + strings.Repeat("e", long) + `"}}` + "\n"))),
		answer: goesOn, counts: "late_results", least: 15},
	{name: "results without an id", size: some, heap: flooded,
		flood:  repeated(string(text(`{"type":"outbound_result","requestId":7,"result":{"success":true}}` + "\n"))),
		answer: goesOn},
	{name: "results of numbers that grow", size: much, heap: flooded,
		flood:  numbered(`{"type":"outbound_result","requestId":"%032x","result":{"success":true}}`),
		answer: goesOn, counts: "late_results", least: 100_000},
	{name: "results before the first descriptor", stage: beforeHellos, size: much, heap: flooded, commit: (*attack).floodThenDrop,
		flood:  repeated(string(text(`{"type":"outbound_result","requestId":"` + strangerID + `","result":{"success":true}}` + "\n"))),
		answer: leaves, counts: "late_results", least: 100_000},
	{name: "descriptors of platforms without end", size: much, heap: flooded,
		flood: numbered(descriptorLine("p%09d", "l", "")), answer: goesOn, counts: "ignored", least: 50_000},
	{name: "the same descriptor without end", size: much, heap: flooded,
		flood: repeated(string(text(descriptorLine("discord", "l", "") + "\n"))), answer: goesOn},
	{name: "descriptors of the same platform that differ", size: much, heap: flooded,
		flood: numbered(descriptorLine("discord", "l%09d", "")), answer: goesOn},
	{name: "descriptors of a megabyte without end", size: much, heap: [...]float64{8, 8, 8},
		flood:  padded(descriptorLine("p#########", strings.Repeat("l", long-1<<10), "")),
		answer: goesOn, counts: "malformed", least: 15},
	{name: "broken descriptors without end", size: some, heap: flooded,
		flood:  repeated(string(text(`{"type":"descriptor","descriptor":{}}` + "\n"))),
		answer: goesOn, counts: "malformed", least: 80_000},
	{name: "interrupts of a megabyte", size: much, heap: [...]float64{10, 10, 10},
		flood:  padded(`{"type":"interrupt_inbound","session_key":"` + stuckChat + `#########` + strings.Repeat("k", long) + `"}`),
		answer: goesOn, counts: "interrupts_dropped", least: 14},
	{name: "interrupts of sessions without end", size: some, heap: [...]float64{4, 4, 4},
		flood:  numbered(`{"type":"interrupt_inbound","session_key":"` + stuckChat + ` %d"}`),
		answer: goesOn, counts: "interrupts_dropped", least: 60_000},
	{name: "confirmations that nobody asked for", size: some, heap: flooded,
		flood: repeated(string(text(`{"type":"going_idle_ack"}` + "\n"))), answer: goesOn, counts: "ignored", least: 140_000},
	{name: "message ids of a megabyte", passes: true, size: much, heap: [...]float64{12, 12, 8},
		flood:  padded(eventLine("c", `"message_id":"#########`+strings.Repeat("i", long)+`"`)),
		answer: goesOn, counts: "handled", least: 15},
	{name: "events of sessions without end", passes: true, size: some, heap: [...]float64{14, 12, 8},
		flood: numbered(`{"type":"inbound","event":{"text":"x","source":{"chat_id":"c%09d"}}}`), answer: goesOn, counts: "handled", least: 40_000},
	{name: "events that cannot be decoded", passes: true, size: little, heap: [...]float64{16, 16, 8},
		flood: repeated(string(text(`{"type":"inbound","event":7}` + "\n"))), answer: goesOn, counts: "dead_lettered", least: 30_000},
	{name: "blank lines", size: much, heap: flooded, flood: repeated(string(text(strings.Repeat("\r\n \n", 10_000)))), answer: goesOn},
	{name: "empty messages", size: little, heap: flooded, flood: repeated("\x81\x00"), answer: goesOn},
	{name: "pings", size: little, heap: flooded, flood: repeated("\x89\x7d" + strings.Repeat("p", 125)), answer: goesOn},
	{name: "empty pings", size: few, heap: [...]float64{4, 4, 4}, flood: repeated("\x89\x00"), answer: goesOn},
	{name: "pongs that answer nothing", size: little, heap: flooded, flood: repeated("\x8a\x00"), answer: goesOn},
}

// flooded bounds the heap of a flood that is dropped.
var flooded = [...]float64{4, 4, 4}

// beyond is the size of a flood of large lines that is more than a queue takes, and scaled of one of small lines, which
// hold many times their size.
func beyond(queue int) int { return queue + 4<<20 }
func scaled(queue int) int { return queue/4 + 1<<20 }

// queueOffences are floods of deliveries that no handler takes, or none as quickly.
var queueOffences = []offence{
	{name: "events for a stuck handler", fills: true, size: beyond, heap: [...]float64{8, 8, 8}, answer: goesOn,
		flood: padded(eventLine(stuckChat, `"message_id":"#########","text":"`+strings.Repeat("x", 64<<10)+`"`))},
	{name: "small events for a stuck handler", fills: true, size: scaled, heap: [...]float64{8, 8, 8}, answer: goesOn, change: queued(1 << 20),
		flood: numbered(strings.TrimSuffix(eventLine(stuckChat, `"text":"%d"`), "\n"))},
	{name: "more small events than may be queued", size: scaled, heap: [...]float64{8, 8, 8}, answer: goesOn, fills: true,
		flood: numbered(strings.TrimSuffix(eventLine(stuckChat, `"text":"%d"`), "\n"))},
	{name: "small events of sessions without end", fills: true, size: scaled, heap: [...]float64{8, 8, 8}, answer: goesOn, change: queued(1 << 20),
		flood: numbered(`{"type":"inbound","event":{"text":"x","source":{"chat_id":"` + stuckChat + `%09d"}}}`)},
	{name: "a small event among a lot that is handled", fills: true, size: func(int) int { return 32 << 20 }, heap: [...]float64{8, 8, 8},
		flood: repeated(string(text(eventLine(stuckChat, `"text":"x"`) +
			strings.Repeat(eventLine("c", `"text":"`+strings.Repeat("x", 300)+`"`), 32)))), answer: goesOn},
	{name: "dense attachments for a stuck handler", fills: true, size: beyond, heap: [...]float64{14, 14, 14}, answer: goesOn,
		flood: padded(eventLine(stuckChat, `"message_id":"#########","media":[{"url":"a"}`+strings.Repeat(`,{"url":"a"}`, long/13)+`]`))},
	{name: "empty attachments for a stuck handler", fills: true, size: beyond, heap: [...]float64{8, 8, 8}, answer: goesOn,
		flood: padded(eventLine(stuckChat, `"message_id":"#########","media":[{}`+strings.Repeat(`,{}`, long/3)+`]`))},
	{name: "empty urls for a stuck handler", fills: true, size: beyond, heap: [...]float64{16, 16, 16}, answer: goesOn,
		flood: padded(eventLine(stuckChat, `"message_id":"#########","media_urls":[""`+strings.Repeat(`,""`, long/3)+`]`))},
	{name: "a few attachments in each of many events", fills: true, size: scaled, heap: [...]float64{8, 8, 8}, answer: goesOn, change: queued(1 << 20),
		flood: numbered(strings.TrimSuffix(eventLine(stuckChat, `"text":"%d","media":[{"url":"a"},{},{}],"reply_to":{}`), "\n"))},
	{name: "escapes for a stuck handler", fills: true, size: beyond, heap: [...]float64{8, 8, 8}, answer: goesOn,
		flood: padded(eventLine(stuckChat, `"message_id":"#########","text":"`+strings.Repeat(`\u00e9`, long/6)+`"`))},
	{name: "copies of an event that is being handled", fills: true, size: scaled, heap: [...]float64{4, 4, 4}, answer: goesOn, change: queued(1 << 20),
		flood: repeated(string(text(eventLine(stuckChat, `"message_id":"m","text":"x"`))))},
	{name: "forwards of many headers for a stuck handler", fills: true, size: beyond, heap: [...]float64{16, 16, 16}, answer: goesOn,
		flood: padded(`{"type":"passthrough_forward","forward":{"path":"` + stuckChat + `#########","headers":[["",""]` +
			strings.Repeat(`,["",""]`, long/9) + `]}}`)},
	{name: "events that cannot be decoded for a stuck dead-letter handler", fills: true, size: beyond, heap: [...]float64{8, 8, 8}, answer: goesOn,
		flood: padded(`{"type":"inbound","event":["` + stuckChat + `#########` + strings.Repeat("x", 64<<10) + `"]}`)},
	{name: "small events that cannot be decoded for a stuck dead-letter handler", fills: true, size: scaled, heap: [...]float64{14, 14, 14}, answer: goesOn,
		change: queued(1 << 20), flood: numbered(`{"type":"inbound","event":["` + stuckChat + `%d"]}`)},
	{name: "events before the first descriptor", stage: beforeHellos, fills: true, size: beyond, heap: [...]float64{8, 8, 8},
		flood:  padded(eventLine(stuckChat, `"message_id":"#########","text":"`+strings.Repeat("x", 64<<10)+`"`)),
		answer: leaves, shows: "came before the descriptor"},
	{name: "small events before the first descriptor", stage: beforeHellos, fills: true, size: beyond, heap: [...]float64{8, 8, 8},
		flood: numbered(strings.TrimSuffix(eventLine(stuckChat, `"text":"%d"`), "\n")), change: queued(100),
		answer: leaves, shows: "came before the descriptor"},
}
