package connector_test

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"testing"

	"hermod/connector"
)

func TestKeepWaitsForRoomUntilItsContextEnds(t *testing.T) {
	c := start(t, connector.Config{MaxBuffered: 1})
	first := injectBuffered(t, c, "one")
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	two := connector.Parcel{Object: event("two")}
	if err := c.Keep(ended, "", two); !errors.Is(err, connector.ErrBufferFull) || !errors.Is(err, context.Canceled) {
		t.Fatalf("error is %v", err)
	}
	kept := make(chan error, 1)
	go func() { kept <- c.Keep(t.Context(), "", two) }()
	client := greet(t, c, "")
	client.expectEvent("one")
	client.ack(first)
	client.ack(client.expectEvent("two"))
	if err := <-kept; err != nil {
		t.Error(err)
	}
	eventually(t, c, connector.DefaultGateway, func(s connector.GatewayState) bool { return s.Buffered == 0 })
	client.leave()
}

func TestLiveFramesThatALostSessionLeavesUnwrittenComeAgainInOrder(t *testing.T) {
	const frames = 100
	c := start(t, connector.Config{Live: true, MaxQueuedBytes: 32 << 20, MaxBufferedBytes: 32 << 20})
	client := greet(t, c, "")
	filling := strings.Repeat("x", 100_000)
	for i := range frames {
		object := event(filling + strconv.Itoa(i))
		if err := c.Hand(t.Context(), "", connector.Parcel{Live: true, Object: object}); err != nil {
			t.Fatal(err)
		}
		clear(object) // the caller's again
	}
	client.leave()
	eventually(t, c, connector.DefaultGateway, func(s connector.GatewayState) bool {
		return !s.Connected && s.Buffered > 0
	})
	left := c.State()[connector.DefaultGateway].Buffered
	again := greet(t, c, "")
	for i := frames - left; i < frames; i++ {
		id := again.expectEvent(filling + strconv.Itoa(i))
		if id == "" {
			t.Fatalf("frame %d came without a bufferId", i)
		}
		again.ack(id)
	}
	again.leave()
}
