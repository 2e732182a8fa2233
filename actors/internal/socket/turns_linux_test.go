package socket_test

import (
	"testing"

	"hermod/actors/internal/socket"
)

// A source is parked inside a frame when a connector writes a frame's header and its payload one after the other.
func TestEachTurnReadsWhatCameSinceTheLast(t *testing.T) {
	var poller socket.SharedPoller
	defer poller.Close()
	read := make(chan string)
	p := park(t, &poller, func(p *parked, _ socket.Turn, ended bool) {
		got, err := p.read(ended)
		if err != nil {
			t.Errorf("error is %v", err)
		}
		read <- got
	})
	for _, part := range []string{"header", "payload", "header"} {
		p.write(part)
		if got := <-read; got != part {
			t.Fatalf("a turn read %q, want %q", got, part)
		}
	}
}
