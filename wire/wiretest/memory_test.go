package wiretest_test

import (
	"errors"
	"io"
	"net"
	"os"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/net/nettest"

	"hermod/wire/wiretest"
)

func TestPipeKeepsTheContractOfNetConn(t *testing.T) {
	nettest.TestConn(t, func() (net.Conn, net.Conn, func(), error) {
		a, b := wiretest.Pipe(0)
		return a, b, func() { a.Close(); b.Close() }, nil
	})
}

func TestPipeWriteBlocksAtItsLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := wiretest.Pipe(4)
		defer a.Close()
		start := time.Now()
		a.SetWriteDeadline(start.Add(time.Second))
		n, err := a.Write([]byte("abcdef"))
		if n != 4 || !errors.Is(err, os.ErrDeadlineExceeded) || time.Since(start) != time.Second {
			t.Fatalf("write: %d, %v after %v", n, err, time.Since(start))
		}
		a.SetWriteDeadline(time.Time{})
		go io.ReadFull(b, make([]byte, 6))
		if n, err := a.Write([]byte("ef")); n != 2 || err != nil {
			t.Fatalf("write once there is room: %d, %v", n, err)
		}
	})
}

func TestPipeEndsAsTCPDoes(t *testing.T) {
	closeWrite := func(c net.Conn) error { return c.(interface{ CloseWrite() error }).CloseWrite() }
	for _, tt := range []struct {
		name  string
		end   func(net.Conn) error
		read  error
		write error
	}{
		{"close", net.Conn.Close, io.EOF, syscall.EPIPE},
		{"half close", closeWrite, io.EOF, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a, b := wiretest.Pipe(0)
			defer a.Close()
			a.Write([]byte("last"))
			tt.end(a)
			got, err := io.ReadAll(b)
			if string(got) != "last" || err != nil {
				t.Errorf("read %q, %v; want what was written, then %v", got, err, tt.read)
			}
			if _, err := b.Write([]byte("x")); !errors.Is(err, tt.write) {
				t.Errorf("write: %v, want %v", err, tt.write)
			}
			if _, err := a.Write([]byte("x")); !errors.Is(err, net.ErrClosed) {
				t.Errorf("write on the closed end: %v", err)
			}
		})
	}
}
