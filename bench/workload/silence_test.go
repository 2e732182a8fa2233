package workload

import (
	"strconv"
	"testing"
	"time"

	"hermod/wire"
)

func TestAStampedEventTellsItsLatency(t *testing.T) {
	before := time.Now().UnixNano()
	message := newStamped(Spec{Scenario: Silence, Size: 420, Batch: 1}).now()
	event, err := new(wire.Decoder).Inbound(payloadOf(t, message))
	if err != nil {
		t.Fatal(err)
	}
	chat := event.Event.Source.ChatID
	sent, err := strconv.ParseInt(chat, 10, 64)
	if err != nil || sent < before || sent > time.Now().UnixNano() {
		t.Errorf("the chat is %q, want a time since %d", chat, before)
	}
	h := newHandler()
	h.took = make([]int64, 2)
	h.Chat(t.Context(), chat)
	if h.complete() || h.took[0] <= 0 || h.took[0] > time.Now().UnixNano()-before {
		t.Errorf("one event: complete %v, took %v", h.complete(), h.took)
	}
	h.Chat(t.Context(), chat)
	h.Chat(t.Context(), chat) // more than expected
	if !h.complete() || h.total() != 0 {
		t.Errorf("all events: complete %v, others %d", h.complete(), h.total())
	}
}

func TestEachRelayGetsOneEventBeforeTheSilenceAndOneAfterIt(t *testing.T) {
	s := Spec{Client: Hermod, Scenario: Silence, Relays: 5, Rest: 0.2, Rate: 1000}
	peer, err := StartPeer(s)
	if err != nil {
		t.Fatal(err)
	}
	s.URL = peer.Address().URL
	begin := time.Now()
	client := Run(s, Own())
	if took := time.Since(begin); client.Error != "" || took < 200*time.Millisecond {
		t.Errorf("error %q after %v, want a rest of 200 ms", client.Error, took)
	}
	if sent := peer.Close().Metrics[PeerSent]; sent != 10 {
		t.Errorf("the peer sent %v events, want 10", sent)
	}
}

func TestASilenceThatIsNotBrokenForEachRelayFails(t *testing.T) {
	a := arrivals{took: make([]int64, 1)}
	a.note("not a number 012345")
	if a.complete() {
		t.Error("what is no time counts as an event")
	}
}
