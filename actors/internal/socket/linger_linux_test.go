package socket_test

import (
	"testing"
	"time"

	"hermod/actors/internal/socket"
)

func TestWhoeverLingersStaysForBytesOrForTheEndAndNotForEver(t *testing.T) {
	near, far := pair(t)
	source := socket.NewSource(near, nil)
	source.Linger(time.Microsecond) // there is nothing
	go func() { _, _ = far.Write([]byte("answer")) }()
	source.Linger(time.Hour)
	source.Brief(false)
	if data, err := source.Read(); err != nil || string(data) != "answer" {
		t.Fatalf("read %q, error %v", data, err)
	}
	source.Release()
	go func() { _ = far.Close() }()
	source.Linger(time.Hour)
	_ = near.Close()
	source.Linger(time.Hour)
}
