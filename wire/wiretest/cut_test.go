package wiretest_test

import (
	"bytes"
	"errors"
	"io"
	"syscall"
	"testing"

	"github.com/gobwas/ws"
)

func TestCutAfterSendingEndsAtThatByte(t *testing.T) {
	frame := ws.MustCompileFrame(ws.NewTextFrame([]byte("0123456789\n")))
	for name, start := range servers {
		for n := range len(frame) + 1 {
			t.Run(name, func(t *testing.T) {
				c, conn := linked(t, start(t))
				conn.CutAfterSending(n)
				if err := conn.Send([]byte("0123456789\n")); (err == nil) != (n == len(frame)) {
					t.Errorf("sending with %d of %d bytes: %v", n, len(frame), err)
				}
				got, err := io.ReadAll(c.r)
				if !bytes.Equal(got, frame[:n]) || !errors.Is(err, syscall.ECONNRESET) {
					t.Errorf("read %q, %v; want %d bytes and a reset", got, err, n)
				}
			})
		}
	}
}

func TestCutAfterReceivingEndsAtThatByte(t *testing.T) {
	frame := ws.MustCompileFrame(ws.MaskFrame(ws.NewTextFrame([]byte("{}\n"))))
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			c, conn := linked(t, start(t))
			conn.CutAfterReceiving(len(frame) + 3)
			c.Write(bytes.Repeat(frame, 3))
			conn.AwaitEnd()
			if got := len(conn.Received()); got != 1 {
				t.Errorf("%d frames received, want the first alone", got)
			}
			c.wantEnd(syscall.ECONNRESET)
		})
	}
}
