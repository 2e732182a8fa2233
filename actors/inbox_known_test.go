package actors

import (
	"strings"
	"testing"
	"unsafe"

	"hermod/wire"
)

// eventsOf is a batch with an event of each chat.
func eventsOf(chats ...string) *batch {
	b := new(batch)
	for _, chat := range chats {
		line := []byte(`{"type":"inbound","event":{"text":"hi","source":{"platform":"discord","chat_id":"` + chat + `"}}}`)
		block := newBlock(len(line), len(line))
		b.frames = append(b.frames, frame{line: block.add(line), kind: wire.KindInbound, block: block})
		b.blocks += cap(block.data)
	}
	return b
}

func TestTheNextEventOfAChatTakesTheLaneKeyOfTheLast(t *testing.T) {
	relay := &shared{common: new(common), cfg: config{settings: new(settings), seams: &seams{logger: discardLogger,
		decoder: new(wire.Decoder)}}}
	relay.cfg.MaxQueued, relay.cfg.MaxQueuedBytes = 100, 1<<20
	b := &inbox{cfg: &relay.cfg, counters: &relay.counters, relay: relay}
	decoded := func(chats ...string) string {
		batch := eventsOf(chats...)
		batch.decode(b.cfg, b.counters, b.blank, b.known)
		b.remember(batch)
		return batch.lanes[0].key
	}
	first, same := decoded("c1", "c2"), decoded("c1")
	if first == "" || same != first || unsafe.StringData(same) != unsafe.StringData(first) {
		t.Errorf("the key %q of the same chat was made again: %q", first, same)
	}
	if other := decoded("c3"); other == first || !strings.Contains(other, "c3") || b.known != other {
		t.Errorf("another chat's key is %q, and known is %q", other, b.known)
	}
	if long := decoded(strings.Repeat("x", maxKnownKey)); len(long) <= maxKnownKey || len(b.known) > maxKnownKey {
		t.Errorf("a key of %d bytes is kept", len(b.known))
	}
}
