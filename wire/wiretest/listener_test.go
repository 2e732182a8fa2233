package wiretest_test

import (
	"context"
	"errors"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"hermod/wire/wiretest"
)

func TestAListenerAcceptsWhatItsDialConnects(t *testing.T) {
	l := wiretest.NewListener()
	go func() {
		conn, err := l.Accept()
		if err != nil {
			t.Error(err)
			return
		}
		_, _ = conn.Write([]byte("hi"))
		_ = conn.Close()
	}()
	conn, err := l.Dial(t.Context(), "tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	got := make([]byte, 2)
	if n, err := conn.Read(got); string(got[:n]) != "hi" {
		t.Errorf("read %q, %v", got[:n], err)
	}
	_ = l.Close()
	if _, err := l.Accept(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("accepting after Close: %v", err)
	}
	if _, err := l.Dial(t.Context(), "tcp", ""); !errors.Is(err, net.ErrClosed) {
		t.Errorf("dialling after Close: %v", err)
	}
	if again := wiretest.NewListener(); again.Addr().String() == l.Addr().String() {
		t.Error("two listeners have one address")
	}
}

func TestADialThatNobodyAcceptsEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if _, err := wiretest.NewListener().Dial(ctx, "tcp", ""); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("dialling: %v", err)
		}
	})
}
