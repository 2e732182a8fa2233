package socket_test

import (
	"errors"
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"hermod/actors/internal/socket"
)

// lightPair returns a light socket and its peer.
func lightPair(t *testing.T) (near, far net.Conn) {
	t.Helper()
	plain, far := pair(t)
	near = socket.Lighten(plain)
	if near == plain {
		t.Fatal("the socket was not lightened")
	}
	t.Cleanup(func() { _ = near.Close() })
	return near, far
}

func TestALightSocketIsReadAndWrittenWithoutGosPoller(t *testing.T) {
	near, far := lightPair(t)
	source := socket.NewSource(near, nil)
	source.Brief(false)
	if _, err := source.Read(); !errors.Is(err, socket.ErrQuiet) {
		t.Fatalf("error of a silent source is %v", err)
	}
	if taken := socket.TryWrite(near, []byte("question")); taken != len("question") {
		t.Errorf("%d bytes were taken", taken)
	}
	question := make([]byte, len("question"))
	if _, err := io.ReadFull(far, question); err != nil || string(question) != "question" {
		t.Errorf("the peer got %q, %v", question, err)
	}
	if waiters := socket.Waiters(); waiters != 0 {
		t.Errorf("%d wait, though nobody was to", waiters)
	}
}

func TestALightSocketIsInGosPollerWhileSomebodyWaits(t *testing.T) {
	near, far := lightPair(t)
	source := socket.NewSource(near, nil)
	source.Watch()
	if waiters := socket.Waiters(); waiters != 1 {
		t.Errorf("%d wait, want the reader", waiters)
	}
	if _, err := far.Write([]byte("x")); err != nil {
		t.Fatal(err)
	}
	data, err := source.Read()
	if err != nil || string(data) != "x" {
		t.Errorf("read %q, %v", data, err)
	}
	source.Release()
	source.Brief(false)
	if waiters := socket.Waiters(); waiters != 0 {
		t.Errorf("%d wait after the reader has stopped to", waiters)
	}
}

func TestALongWriteToALightSocketWaitsForThePeerAndLeavesNoWaiter(t *testing.T) {
	near, far := lightPair(t)
	data := make([]byte, 8<<20)
	var got int64
	var wg sync.WaitGroup
	wg.Go(func() { got, _ = io.Copy(io.Discard, far) })
	if n, err := socket.WriteSteadily(near, data, time.Minute); n != len(data) || err != nil {
		t.Errorf("wrote %d, %v", n, err)
	}
	if waiters := socket.Waiters(); waiters != 0 {
		t.Errorf("%d wait after the write", waiters)
	}
	_ = near.Close()
	wg.Wait() // so the peer has seen the end
	if got != int64(len(data)) {
		t.Errorf("the peer got %d bytes", got)
	}
}

func TestClosingALightSocketWakesWhoeverWaitsAndTellsThePeer(t *testing.T) {
	near, far := lightPair(t)
	source := socket.NewSource(near, nil)
	source.Watch()
	read := make(chan error)
	go func() {
		for {
			_, err := source.Read()
			if !errors.Is(err, socket.ErrQuiet) {
				read <- err
				return
			}
			source.Watch()
		}
	}()
	wrote := make(chan error)
	go func() {
		_, err := socket.WriteSteadily(near, make([]byte, 64<<20), time.Minute)
		wrote <- err
	}()
	if _, err := io.ReadFull(far, make([]byte, 1<<20)); err != nil {
		t.Fatal(err)
	}
	if err := near.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
	if err := <-read; !errors.Is(err, net.ErrClosed) {
		t.Errorf("the reader got %v", err)
	}
	if err := <-wrote; !errors.Is(err, net.ErrClosed) {
		t.Errorf("the writer got %v", err)
	}
	if _, err := io.Copy(io.Discard, far); err != nil && !errors.Is(err, net.ErrClosed) {
		var reset *net.OpError
		if !errors.As(err, &reset) {
			t.Errorf("the peer got %v", err)
		}
	}
	if err := near.Close(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("closing again: %v", err)
	}
	if taken := socket.TryWrite(near, []byte("x")); taken != 0 {
		t.Errorf("%d bytes were taken after the end", taken)
	}
	if waiters := socket.Waiters(); waiters != 0 {
		t.Errorf("%d wait after the end", waiters)
	}
}

func TestReadersBeyondTheBoundOfOpenFilesOnlyTry(t *testing.T) {
	defer socket.CrowdWaiters()()
	near, far := lightPair(t)
	source := socket.NewSource(near, nil)
	source.Watch()
	if _, err := source.Read(); !errors.Is(err, socket.ErrQuiet) {
		t.Fatalf("error of a silent source is %v", err)
	}
	if _, err := far.Write([]byte("x")); err != nil {
		t.Fatal(err)
	}
	for {
		data, err := source.Read()
		if errors.Is(err, socket.ErrQuiet) {
			source.Watch()
			continue
		}
		if err != nil || string(data) != "x" {
			t.Errorf("read %q, %v", data, err)
		}
		source.Release()
		return
	}
}

// A descriptor that is closed while a call uses it may be another file's by the time of the call.
func TestAFileDescriptorIsClosedAfterTheLastCallThatUsesIt(t *testing.T) {
	for range 20 {
		near, far := lightPair(t)
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				for socket.TryWrite(near, []byte("mine")) > 0 {
				}
			})
		}
		var got []byte
		wg.Go(func() { got, _ = io.ReadAll(io.LimitReader(far, 1<<16)) })
		wg.Go(func() { _ = near.Close() })
		other, end := lightPair(t) // takes the descriptor as soon as it is free
		wg.Wait()
		_ = other.Close()
		if strayed, _ := io.ReadAll(end); len(strayed) > 0 {
			t.Fatalf("another socket got %q", strayed)
		}
		for i, b := range got {
			if b != "mine"[i%4] {
				t.Fatalf("the peer got %q", got)
			}
		}
		_ = far.Close()
	}
}
