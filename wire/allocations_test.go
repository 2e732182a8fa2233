//go:build !race

// Under the race detector sync.Pool drops what it likes, and with it goes every count of allocations.

package wire_test

import (
	"testing"

	"hermod/wire"
)

func TestInboundCostsTheDeliveryAndACopyOfTheLine(t *testing.T) {
	line := []byte(`{"type":"inbound","event":{"text":"a","source":{"platform":"discord","chat_id":"c"}},"bufferId":"b"}`)
	var d wire.Decoder
	got := testing.AllocsPerRun(200, func() {
		if _, err := d.Inbound(line); err != nil {
			t.Fatal(err)
		}
	})
	if got > 2 {
		t.Errorf("%v allocations", got)
	}
}
