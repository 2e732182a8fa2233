package actors_test

import (
	"fmt"
	"strconv"
	"strings"

	json "github.com/goccy/go-json"

	"hermod/wire"
	"hermod/wire/wiretest"
)

// The lanes of items that belong to no chat.
const (
	passthroughLane = "passthrough"
	poisonLane      = "poison"
)

// frameOf encodes a copy of an item; its serial comes back to the handlers in the event's text or the raw frame. A
// forward is told from its copies by its content, so all of them have the first one's serial, in the path.
func frameOf(item *simItem, serial int, bufferID string, padding int) []byte {
	pad := strings.Repeat("x", padding)
	switch {
	case item.poison:
		return wire.AppendInbound(nil, json.RawMessage(fmt.Sprintf(`["%d %s"]`, serial, pad)), bufferID)
	case item.lane == passthroughLane:
		forward := fmt.Sprintf(`{"platform":"discord","botId":"b1","method":"POST","path":"%d %s"}`, item.first, pad)
		return wire.AppendPassthroughForward(nil, json.RawMessage(forward), bufferID)
	}
	messageID := ""
	if item.keyed {
		messageID = item.name
	}
	return wire.AppendInbound(nil, wiretest.Event("discord", item.lane, messageID, fmt.Sprintf("%d %s", serial, pad)), bufferID)
}

// serialIn reads the serial at the start of a text.
func serialIn(text string) int {
	number, _, _ := strings.Cut(text, " ")
	serial, err := strconv.Atoi(number)
	if err != nil {
		panic(fmt.Sprintf("no serial in %.40q", text))
	}
	return serial
}

// serialInRaw reads the serial out of the raw frame of a poisoned item.
func serialInRaw(raw []byte) int {
	_, rest, _ := strings.Cut(string(raw), `["`)
	return serialIn(rest)
}
