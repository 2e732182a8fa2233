package socket_test

import (
	"errors"
	"testing"

	"hermod/actors/internal/socket"
)

// A source is parked inside a frame when a connector writes a frame's header and its payload one after the other.
func TestASourceThatWasParkedBrieflyReadsWhatWokeIt(t *testing.T) {
	var shared socket.SharedPoller
	defer shared.Close()
	near, far := pair(t)
	source, place := socket.NewSource(near, nil), &socket.Parking{Waker: make(woken, 1)}
	for range 3 {
		if _, err := far.Write([]byte("part")); err != nil {
			t.Fatal(err)
		}
		source.Brief()
		data, err := source.Read()
		if err != nil || string(data) != "part" {
			t.Fatalf("read %q, error %v", data, err)
		}
		source.Release()
		if _, err := source.Read(); !errors.Is(err, socket.ErrQuiet) {
			t.Fatalf("error when nothing is left is %v", err)
		}
		if err := source.Park(shared.Get(), place); !errors.Is(err, socket.ErrParked) {
			t.Fatalf("error of parking is %v", err)
		}
		place.Leave()
	}
}
