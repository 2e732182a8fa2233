package fence_test

import (
	"context"
	"errors"
	"io"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"hermod/cluster/fence"
)

// clock is set by hand.
type clock struct{ at atomic.Int64 }

func (c *clock) now() time.Duration   { return time.Duration(c.at.Load()) }
func (c *clock) set(at time.Duration) { c.at.Store(int64(at)) }
func fenced(t *testing.T) (*fence.Fence, *clock) {
	t.Helper()
	f, c := fence.New(nil), new(clock)
	c.set(time.Minute)
	f.SetClock(c.now)
	return f, c
}

// far accepts connections.
func far(t *testing.T) (addr string, accepted <-chan net.Conn) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	conns := make(chan net.Conn, 200)
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				close(conns)
				return
			}
			conns <- conn
		}
	}()
	t.Cleanup(func() {
		_ = listener.Close()
		for conn := range conns {
			_ = conn.Close()
		}
	})
	return listener.Addr().String(), conns
}

func dial(t *testing.T, f *fence.Fence, addr string) net.Conn {
	t.Helper()
	conn, err := f.Dial(context.Background(), "tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

func TestAFenceIsOpenUntilItsTimeEndsAndNotBefore(t *testing.T) {
	f, c := fenced(t)
	if f.Open() {
		t.Error("a new fence is open")
	}
	f.Extend(2 * time.Minute)
	f.Extend(90 * time.Second) // a late answer to an earlier renewal
	c.set(2*time.Minute - 1)
	if !f.Open() {
		t.Error("closed before its time")
	}
	c.set(2 * time.Minute)
	if f.Open() {
		t.Error("open after its time")
	}
	if f.Extend(2 * time.Minute) {
		t.Error("extended to a moment that has passed")
	}
}

func TestAClosedFenceOpensNoConnection(t *testing.T) {
	f, _ := fenced(t)
	addr, _ := far(t)
	if _, err := f.Dial(context.Background(), "tcp", addr); !errors.Is(err, fence.ErrClosed) {
		t.Errorf("error is %v", err)
	}
}

func TestConnectionsEndWhenTheTimeEndsWhoeverHoldsThem(t *testing.T) {
	f, c := fenced(t)
	addr, accepted := far(t)
	f.Extend(2 * time.Minute)
	conn, peer := dial(t, f, addr), <-accepted
	closed := make(chan struct{})
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go f.Watch(ctx, func() { close(closed) })
	c.set(2 * time.Minute)
	<-closed
	if _, err := conn.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		t.Errorf("its reader finds %v", err)
	}
	if _, err := conn.Write([]byte("x")); err == nil {
		t.Error("it can be written to")
	}
	if _, err := peer.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		t.Errorf("the far side finds %v", err)
	}
}

func TestADialThatOutlastsTheTimeBringsNoConnection(t *testing.T) {
	addr, accepted := far(t)
	c := new(clock)
	c.set(time.Minute)
	f := fence.New(func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := new(net.Dialer).DialContext(ctx, network, addr)
		c.set(2 * time.Minute)
		return conn, err
	})
	f.SetClock(c.now)
	f.Extend(2 * time.Minute)
	if _, err := f.Dial(context.Background(), "tcp", addr); !errors.Is(err, fence.ErrClosed) {
		t.Errorf("error is %v", err)
	}
	if _, err := (<-accepted).Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		t.Errorf("the far side finds %v", err)
	}
}

func TestADialOfAnEarlierLeaseBringsNoConnectionUnderTheNext(t *testing.T) {
	addr, _ := far(t)
	c := new(clock)
	c.set(time.Minute)
	var f *fence.Fence
	f = fence.New(func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := new(net.Dialer).DialContext(ctx, network, addr)
		f.Close()
		f.Extend(3 * time.Minute)
		return conn, err
	})
	f.SetClock(c.now)
	f.Extend(2 * time.Minute)
	if _, err := f.Dial(context.Background(), "tcp", addr); !errors.Is(err, fence.ErrClosed) {
		t.Errorf("error is %v", err)
	}
}

func TestConnectionsThatWereClosedAreForgotten(t *testing.T) {
	f, _ := fenced(t)
	addr, accepted := far(t)
	f.Extend(2 * time.Minute)
	kept := dial(t, f, addr)
	for range 1000 {
		_ = dial(t, f, addr).Close()
		_ = (<-accepted).Close()
	}
	if n := f.Kept(); n > 70 {
		t.Errorf("%d connections are remembered", n)
	}
	f.Close()
	if _, err := kept.Write([]byte("x")); err == nil {
		t.Error("the one that was not closed goes on")
	}
}

func TestTheClockDoesNotStandStill(t *testing.T) {
	before := fence.Now()
	if before <= 0 {
		t.Errorf("it is %v", before)
	}
	for fence.Now() <= before {
	}
}
