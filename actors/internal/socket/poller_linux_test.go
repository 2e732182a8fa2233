package socket_test

import (
	"errors"
	"net"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"hermod/actors/internal/socket"
)

// woken reports that a parked source goes on.
type woken chan struct{}

// Turn implements socket.Waker.
func (w woken) Turn(socket.Turn, bool) { w <- struct{}{} }

// Wake implements socket.Waker.
func (w woken) Wake() { w <- struct{}{} }

// pair returns both ends of a TCP connection.
func pair(t *testing.T) (near, far net.Conn) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	accepted := make(chan net.Conn)
	go func() {
		conn, _ := listener.Accept()
		accepted <- conn
	}()
	near, err = net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	far = <-accepted
	t.Cleanup(func() { _, _ = near.Close(), far.Close() })
	return near, far
}

func TestAParkedSourceIsWokenByWhatComesAndByTheEndOfThePoller(t *testing.T) {
	var shared socket.SharedPoller
	near, far := pair(t)
	source, place := socket.NewSource(near, nil), &socket.Parking{}
	wake := make(woken, 1)
	place.Waker = wake
	source.Watch()
	if _, err := source.Read(); !errors.Is(err, socket.ErrQuiet) {
		t.Fatalf("error of a silent source is %v", err)
	}
	if err := source.Park(&shared, place); !errors.Is(err, socket.ErrParked) {
		t.Fatalf("error of parking is %v", err)
	}
	if _, err := far.Write([]byte("x")); err != nil {
		t.Fatal(err)
	}
	<-wake
	source.Watch()
	if data, err := source.Read(); err != nil || string(data) != "x" {
		t.Errorf("read %q, error %v", data, err)
	}
	source.Release()
	if err := source.Park(&shared, place); !errors.Is(err, socket.ErrParked) {
		t.Fatalf("error of parking again is %v", err)
	}
	shared.Close()
	<-wake
	if err := source.Park(&shared, place); err != nil {
		t.Errorf("a closed poller took a source: %v", err)
	}
}

func TestASourceWhoseConnectionHasEndedIsNotParked(t *testing.T) {
	var shared socket.SharedPoller
	defer shared.Close()
	near, _ := pair(t)
	source, place := socket.NewSource(near, nil), &socket.Parking{Waker: make(woken, 1)}
	place.Close()
	if err := source.Park(&shared, place); err != nil {
		t.Errorf("error is %v", err)
	}
}

// counted counts how often a source was woken.
type counted struct {
	times atomic.Int32
	first chan struct{} // closed at the first time
}

// Turn implements socket.Waker.
func (c *counted) Turn(socket.Turn, bool) { c.Wake() }

// Wake implements socket.Waker.
func (c *counted) Wake() {
	if c.times.Add(1) == 1 {
		close(c.first)
	}
}

func TestNoSourceIsForgottenWhileOthersReuseItsDescriptorAndThePollerEnds(t *testing.T) {
	for range 25 {
		var shared socket.SharedPoller
		var group sync.WaitGroup
		var parked atomic.Int32
		for range 8 {
			group.Go(func() {
				for range 5 { // each of which may get the descriptor of one that has just ended
					near, _ := pair(t)
					source, place, wake := socket.NewSource(near, nil), &socket.Parking{}, &counted{first: make(chan struct{})}
					place.Waker = wake
					group.Go(func() { // the end of its link, at any moment
						place.Close()
						socket.Close(near)
					})
					if err := source.Park(&shared, place); err == nil && wake.times.Load() > 0 {
						t.Error("a source that was not parked has been woken")
					}
				}
				near, _ := pair(t)
				source, place, wake := socket.NewSource(near, nil), &socket.Parking{}, &counted{first: make(chan struct{})}
				place.Waker = wake
				if source.Park(&shared, place) != nil {
					parked.Add(1)
					<-wake.first
				}
				if times := wake.times.Load(); times > 1 {
					t.Errorf("woken %d times", times)
				}
			})
		}
		for parked.Load() == 0 {
			runtime.Gosched()
		}
		shared.Close() // while others are being parked
		group.Wait()
	}
}
