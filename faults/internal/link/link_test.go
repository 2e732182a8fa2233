package link_test

import (
	"errors"
	"io"
	"net"
	"syscall"
	"testing"
	"time"

	"hermod/faults/internal/link"
)

// patience guards against hanging; nothing waits for it to pass.
const patience = 10 * time.Second

// ends returns both ends of a connection through a link.
func ends(t *testing.T) (l *link.Link, near, far *net.TCPConn) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ln.Close() })
	if l, err = link.Open("127.0.0.1:0", ln.Addr().String()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.Close)
	dialled, err := net.Dial("tcp", l.Addr())
	if err != nil {
		t.Fatal(err)
	}
	accepted, err := ln.Accept()
	if err != nil {
		t.Fatal(err)
	}
	near, far = dialled.(*net.TCPConn), accepted.(*net.TCPConn)
	for _, conn := range []*net.TCPConn{near, far} {
		t.Cleanup(func() { _ = conn.Close() })
		_ = conn.SetDeadline(time.Now().Add(patience))
	}
	pass(t, near, far, "hello")
	return l, near, far
}

func write(t *testing.T, to *net.TCPConn, text string) {
	t.Helper()
	if _, err := io.WriteString(to, text); err != nil {
		t.Fatal(err)
	}
}

// pass sees that text gets through.
func pass(t *testing.T, from, to *net.TCPConn, text string) {
	t.Helper()
	write(t, from, text)
	got := make([]byte, len(text))
	if _, err := io.ReadFull(to, got); err != nil || string(got) != text {
		t.Fatalf("read %q, %v", got, err)
	}
}

func isReset(err error) bool { return errors.Is(err, syscall.ECONNRESET) }

func TestAHealthyLinkPassesBytesAndEnds(t *testing.T) {
	_, near, far := ends(t)
	pass(t, far, near, "back")
	_ = near.CloseWrite()
	if _, err := far.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("the end came as %v", err)
	}
}

func TestAResetReachesBothSides(t *testing.T) {
	l, near, far := ends(t)
	l.Reset()
	for _, conn := range []*net.TCPConn{near, far} {
		if _, err := conn.Read(make([]byte, 1)); !isReset(err) {
			t.Errorf("read: %v", err)
		}
	}
}

func TestAConnectionIsCutAtTheChosenByte(t *testing.T) {
	l, near, far := ends(t)
	l.CutAfter(3)
	write(t, near, "abcdef")
	got, err := io.ReadAll(far)
	if len(got) > 3 || !isReset(err) { // a reset may overtake what was sent before it
		t.Errorf("read %q, %v", got, err)
	}
}

func TestNobodyLearnsOfTheEndOfAHalfOpenConnection(t *testing.T) {
	l, near, far := ends(t)
	l.Swallow()
	write(t, near, "lost")
	_ = near.Close()
	_ = far.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
	if n, err := far.Read(make([]byte, 1)); !errors.Is(err, syscall.ETIMEDOUT) && !isTimeout(err) {
		t.Errorf("read %d bytes, %v", n, err)
	}
	l.Heal()
	_ = far.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
	if n, err := far.Read(make([]byte, 1)); !isTimeout(err) {
		t.Errorf("after the link was healed: read %d bytes, %v", n, err)
	}
}

func isTimeout(err error) bool {
	var timeout net.Error
	return errors.As(err, &timeout) && timeout.Timeout()
}

func TestAStalledLinkGoesOnWhereItStood(t *testing.T) {
	l, near, far := ends(t)
	l.Stall()
	write(t, near, "later")
	l.Heal()
	got := make([]byte, 5)
	if _, err := io.ReadFull(far, got); err != nil || string(got) != "later" {
		t.Errorf("read %q, %v", got, err)
	}
}

func TestACloseFrameIsFollowedByAReset(t *testing.T) {
	l, near, far := ends(t)
	l.CloseDies()
	pass(t, far, near, "\x81\x02hi")
	write(t, far, "\x88\x02\x03\xe8")
	got, err := io.ReadAll(near)
	if !isReset(err) {
		t.Errorf("read %q, %v", got, err)
	}
}

func TestALinkThatRefusesResetsWhoeverDials(t *testing.T) {
	l, _, _ := ends(t)
	l.Refuse()
	conn, err := net.Dial("tcp", l.Addr())
	if err == nil {
		defer conn.Close()
		_ = conn.SetDeadline(time.Now().Add(patience))
		_, err = conn.Read(make([]byte, 1))
	}
	if !isReset(err) {
		t.Errorf("dialled: %v", err)
	}
}

func TestToxicsComeAndGo(t *testing.T) {
	l, near, far := ends(t)
	if err := l.Toxic("slicer", `{"average_size":2,"size_variation":1,"delay":100}`); err != nil {
		t.Fatal(err)
	}
	pass(t, near, far, "in small pieces")
	l.Heal()
	pass(t, near, far, "whole again")
	if err := l.Toxic("nonsense", `{}`); err == nil {
		t.Error("a toxic that does not exist was added")
	}
}

func TestToxicsGoAlsoWhenWhatTheyHoldBackHasNowhereToGo(t *testing.T) {
	l, near, _ := ends(t)
	if err := l.Toxic("latency", `{"latency":400}`); err != nil {
		t.Fatal(err)
	}
	for range 20 { // in pieces of their own
		write(t, near, "late")
		<-time.After(2 * time.Millisecond)
	}
	l.Reset()
	healed := make(chan struct{})
	go func() { defer close(healed); l.Heal() }()
	select {
	case <-healed:
	case <-time.After(patience):
		t.Error("it waits for each piece")
	}
}
