package actors_test

import (
	"crypto/sha1"
	"encoding/base64"
	"strings"
	"time"

	"hermod/messages"
	"hermod/wire"
)

// peerOffences are connectors that are slow, deaf or silent.
var peerOffences = []offence{
	{name: "one byte a second, each in a frame of its own", stage: inVirtual, commit: drip, answer: goesOn, counts: "handled", least: 1,
		heap: tiny},
	{name: "one byte a second, all in one frame", stage: inVirtual, commit: dripOneFrame, answer: leaves, shows: "no pong in time",
		heap: tiny},
	{name: "a descriptor of which one byte comes a second", stage: beforeHellos, commit: dripDescriptor, answer: leaves,
		shows: "no descriptor in time", heap: tiny},
	{name: "never a descriptor", stage: beforeHellos, commit: (*attack).awaitEnd, answer: leaves, shows: "no descriptor in time",
		heap: tiny},
	{name: "never a pong", stage: inVirtual, commit: neverAPong, answer: leaves, shows: "no pong in time", heap: tiny},
	{name: "never reading", stage: inVirtual, commit: neverReading, answer: leaves, shows: "during write", heap: [...]float64{4, 4, 4}},
	{name: "pings, and never reading the pongs", stage: inVirtual, commit: pingsWithoutReading, size: little,
		flood: repeated("\x89\x7d" + strings.Repeat("p", 125)), answer: leaves, shows: "no pong in time", heap: [...]float64{4, 4, 4}},
}

func drip(a *attack) {
	line := eventLine("c", `"text":"x"`)
	for i := range len(line) {
		op := byte(0x01)
		if i > 0 {
			op = 0
		}
		if i == len(line)-1 {
			op |= 0x80
		}
		a.write([]byte{op, 1, line[i]})
		time.Sleep(time.Second)
	}
}

func dripOneFrame(a *attack) {
	a.conn.IgnorePings() // a pong inside of the frame would be a part of it
	a.dripUntilTheEnd(text(eventLine("c", `"text":"`+strings.Repeat("x", 10_000)+`"`)))
}

func dripDescriptor(a *attack) {
	a.conn.IgnorePings()
	a.dripUntilTheEnd(text(descriptorLine("discord", strings.Repeat("l", 1000), "") + "\n"))
}

func (a *attack) dripUntilTheEnd(message []byte) {
	for _, b := range message {
		if !a.write([]byte{b}) {
			return
		}
		time.Sleep(time.Second)
	}
}

func neverAPong(a *attack) {
	a.conn.IgnorePings()
	a.awaitEnd()
}

// neverReading stops reading while requests come.
func neverReading(a *attack) {
	a.conn.StallReads()
	for range 30 {
		a.calls.Go(func() {
			result, err := a.relay.Send(background, wire.NewSend("c1", strings.Repeat("x", 100<<10)))
			if err == nil || result.Success {
				a.t.Errorf("a request that nobody reads gave %+v", result)
			}
		})
	}
	a.calls.Wait()
	a.await(messages.Backoff)
	a.conn.ResumeReads()
}

func pingsWithoutReading(a *attack) {
	a.conn.StallReads()
	a.pour()
	a.await(messages.Backoff)
	a.conn.ResumeReads()
}

// upgradeOffences answer the upgrade with what is none.
var upgradeOffences = []offence{
	{name: "an answer that is not HTTP", stage: atUpgrade, commit: raw(strings.Repeat("\x00\xff garbage", 1000) + "\r\n"),
		answer: leaves, shows: "dial connector: ", heap: tiny},
	{name: "a binary answer without a line end", stage: atUpgrade, size: much, flood: repeated("\x00"), commit: floodUpgrade(""),
		answer: leaves, shows: "dial connector: ", heap: [...]float64{1, 1, 1}},
	{name: "a header without end", stage: atUpgrade, size: much, flood: repeated("h"),
		commit: floodUpgrade("HTTP/1.1 101 Switching Protocols\r\nX: "), answer: leaves, shows: "dial connector: ",
		heap: [...]float64{1, 1, 1}},
	{name: "headers without end", stage: atUpgrade, size: much, flood: repeated("X-Header: of some length\r\n"),
		commit: floodUpgrade("HTTP/1.1 101 Switching Protocols\r\n"), answer: leaves, shows: "dial connector: ", heap: tiny},
	{name: "a refusal with a body without end", stage: atUpgrade, size: much, flood: repeated("body"),
		commit: floodUpgrade("HTTP/1.1 503 Service Unavailable\r\n\r\n"), answer: leaves, shows: "HTTP 503", heap: tiny},
	{name: "an answer of 200", stage: atUpgrade, commit: raw("HTTP/1.1 200 OK\r\n\r\n"), answer: leaves, shows: "HTTP 200", heap: tiny},
	{name: "an answer of HTTP/1.0", stage: atUpgrade, commit: raw("HTTP/1.0 101 Switching Protocols\r\n\r\n"),
		answer: leaves, shows: "dial connector: ", heap: tiny},
	{name: "an upgrade without a key", stage: atUpgrade, commit: upgraded(false, ""), answer: leaves, shows: "dial connector: ", heap: tiny},
	{name: "an extension that nobody offered", stage: atUpgrade, commit: upgraded(true, "Sec-WebSocket-Extensions: permessage-deflate\r\n"),
		answer: leaves, shows: "dial connector: ", heap: tiny},
	{name: "a subprotocol that nobody offered", stage: atUpgrade, commit: upgraded(true, "Sec-WebSocket-Protocol: mqtt\r\n"),
		answer: leaves, shows: "dial connector: ", heap: tiny},
	{name: "an upgrade to something else", stage: atUpgrade, commit: raw("HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n"),
		answer: leaves, shows: "dial connector: ", heap: tiny},
	{name: "an upgrade of which one byte comes a second", stage: atUpgrade, commit: dripUpgrade, answer: leaves,
		shows: "in time", heap: tiny},
	{name: "sixty thousand frames behind the upgrade in one piece", stage: atUpgrade, commit: upgraded(true, "\r\n"+strings.Repeat("\x81\x02{\n", 1<<16)),
		answer: leaves, shows: "no descriptor in time", counts: "malformed", least: 1 << 16, heap: tiny},
}

// floodUpgrade sends the beginning of an answer and the flood behind it.
func floodUpgrade(start string) func(*attack) {
	return func(a *attack) {
		a.write([]byte(start))
		a.pour()
	}
}

// upgraded answers with the headers of an upgrade and some more bytes, and with the key that proves it or none.
func upgraded(proved bool, more string) func(*attack) {
	return func(a *attack) {
		answer := "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
		if proved {
			sum := sha1.Sum([]byte(a.request.Header.Get("Sec-WebSocket-Key") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
			answer += "Sec-WebSocket-Accept: " + base64.StdEncoding.EncodeToString(sum[:]) + "\r\n"
		}
		if !strings.HasPrefix(more, "\r\n") {
			more += "\r\n"
		}
		a.write([]byte(answer + more))
	}
}

func dripUpgrade(a *attack) {
	a.dripUntilTheEnd([]byte("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"))
}
