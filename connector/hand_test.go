package connector_test

import (
	"context"
	"errors"
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
