package wiretest_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gobwas/ws"

	"hermod/wire"
	"hermod/wire/wiretest"
)

// linked returns both ends of a connection.
func linked(t *testing.T, srv *wiretest.Server) (*client, *wiretest.Conn) {
	t.Helper()
	c := dial(t, srv)
	return c, srv.Accept()
}

func TestMessagesAreSentAsAsked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, conn := linked(t, wiretest.New(t))
		conn.Send([]byte("a\n"), []byte("b\n"))
		c.wantText([]byte("a\n"))
		c.wantText([]byte("b\n"))
		conn.SendMessage([]byte("a\n"), []byte("b"))
		c.wantText([]byte("a\nb"))
		conn.SendBinary([]byte("a\n"))
		if f := c.frame(); f.Header.OpCode != ws.OpBinary {
			t.Errorf("opcode %v", f.Header.OpCode)
		}
		conn.SendFragments([]byte("a"), []byte("b"), []byte("c\n"))
		for i, want := range []struct {
			op  ws.OpCode
			fin bool
		}{{ws.OpText, false}, {ws.OpContinuation, false}, {ws.OpContinuation, true}} {
			if f := c.frame(); f.Header.OpCode != want.op || f.Header.Fin != want.fin {
				t.Errorf("fragment %d: %+v", i, f.Header)
			}
		}
		conn.SendRaw([]byte{0x81})
		conn.Drop()
		if _, err := ws.ReadHeader(c.r); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("cut frame: %v", err)
		}
	})
}

func TestPingsAreAnsweredUntilIgnored(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, conn := linked(t, wiretest.New(t))
		c.send(ws.OpPing, []byte("p"))
		if f := c.frame(); f.Header.OpCode != ws.OpPong || string(f.Payload) != "p" {
			t.Errorf("answer to a ping: %+v", f)
		}
		conn.IgnorePings()
		c.send(ws.OpPing, nil)
		if !conn.AwaitPing(2) {
			t.Error("the second ping was not seen")
		}
		conn.Ping()
		if f := c.frame(); f.Header.OpCode != ws.OpPing {
			t.Errorf("got %+v, want the server's ping", f.Header)
		}
		c.send(ws.OpPong, nil)
		if !conn.AwaitPong(1) {
			t.Error("the pong was not seen")
		}
	})
}

func TestCloseWithDeliversTheCodeAndTakesTheEcho(t *testing.T) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			srv := start(t)
			c, conn := linked(t, srv)
			conn.CloseWith(wire.CloseUnauthorized, "expired")
			c.wantClose(wire.CloseUnauthorized, "expired")
			c.wantEnd(io.EOF)
			c.send(ws.OpClose, ws.NewCloseFrameBody(wire.CloseUnauthorized, ""))
			if got := conn.AwaitEnd(); got == nil || got.Code != wire.CloseUnauthorized {
				t.Errorf("client's close: %+v", got)
			}
			c.Close()
			if !srv.AwaitOpen(0) {
				t.Errorf("%d open", srv.Open())
			}
		})
	}
}

func TestCloseThenResetLeavesTheCodeReadable(t *testing.T) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			c, conn := linked(t, start(t))
			conn.CloseThenReset(wire.CloseUnauthorized, "unauthorized")
			c.wantClose(wire.CloseUnauthorized, "unauthorized")
			c.wantEnd(syscall.ECONNRESET)
		})
	}
}

func TestClientCloseIsAnsweredAndRecorded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := wiretest.New(t)
		c, conn := linked(t, srv)
		c.send(ws.OpClose, ws.NewCloseFrameBody(wire.CloseNormal, "bye"))
		c.wantClose(wire.CloseNormal, "bye")
		c.wantEnd(io.EOF)
		if got := conn.AwaitEnd(); got == nil || got.Reason != "bye" {
			t.Errorf("client's close: %+v", got)
		}
	})
}

func TestStalledReadsBackUpToTheWriter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := wiretest.New(t)
		srv.SetBuffer(1 << 10)
		c, conn := linked(t, srv)
		conn.StallReads()
		c.SetWriteDeadline(time.Now().Add(10 * time.Second))
		line := []byte(`{"type":"` + strings.Repeat("x", 100) + "\"}\n")
		frame := ws.MustCompileFrame(ws.MaskFrame(ws.NewTextFrame(line)))
		sent := 0
		for {
			if _, err := c.Write(frame); err != nil {
				if !errors.Is(err, os.ErrDeadlineExceeded) {
					t.Fatalf("write: %v", err)
				}
				break
			}
			sent++
		}
		if got := len(conn.Received()); got != 0 {
			t.Errorf("%d frames received while stalled", got)
		}
		conn.ResumeReads()
		synctest.Wait()
		if got := len(conn.Received()); got != sent {
			t.Errorf("%d frames received after, want %d", got, sent)
		}
	})
}

func TestWaitsEndWithTheTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := wiretest.New(t)
		_, conn := linked(t, srv)
		srv.SetTimeout(time.Minute)
		if _, err := conn.ReadFrame(); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("read: %v", err)
		}
		if srv.AwaitDials(2) || srv.AwaitOpen(0) || conn.AwaitPing(1) || conn.AwaitPong(1) {
			t.Error("a wait for what never came reported success")
		}
	})
}

func TestBadGatewayManners(t *testing.T) {
	frame := func(f ws.Frame) []byte { return ws.MustCompileFrame(f) }
	masked := func(op ws.OpCode, fin bool, payload string) []byte {
		return frame(ws.MaskFrame(ws.NewFrame(op, fin, []byte(payload))))
	}
	for _, tt := range []struct {
		name string
		sent []byte
		want string
	}{
		{"unmasked", frame(ws.NewTextFrame([]byte("{}\n"))), "unmasked"},
		{"binary", masked(ws.OpBinary, true, "{}\n"), "opcode 0x2"},
		{"fragmented", masked(ws.OpText, false, "{}\n"), "fragmented"},
		{"two lines", masked(ws.OpText, true, "{}\n{}\n"), "more than one line"},
		{"no line end", masked(ws.OpText, true, "{}"), "without a line end"},
		{"too long", masked(ws.OpText, true, strings.Repeat("x", 1<<20)+"\n"), "frame of 1048577 bytes"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			record := &recorder{TB: t}
			srv := wiretest.New(record)
			c, conn := linked(t, srv)
			c.Write(tt.sent)
			c.Close()
			conn.AwaitEnd()
			if len(record.errors) != 1 || !strings.Contains(record.errors[0], tt.want) {
				t.Errorf("complaints %q, want one about %q", record.errors, tt.want)
			}
		})
	}
}

func TestExpectAndAwaitTellKindsApart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, conn := linked(t, wiretest.New(t))
		c.send(ws.OpText, hello("discord"))
		c.send(ws.OpText, wire.AppendGoingIdle(nil))
		c.send(ws.OpText, wire.AppendInboundAck(nil, "b7"))
		conn.Expect(wire.KindHello)
		id, err := wire.DecodeInboundAck(conn.Await(wire.KindInboundAck))
		if id != "b7" || err != nil {
			t.Errorf("ack of %q, %v", id, err)
		}
		if got := len(conn.Received()); got != 3 {
			t.Errorf("%d frames recorded", got)
		}
	})
}

// servers are the two kinds of server, for behaviours that both must show.
var servers = map[string]func(testing.TB) *wiretest.Server{
	"memory": wiretest.New,
	"tcp":    wiretest.Listen,
}

// recorder notes the complaints of a server instead of failing the test.
type recorder struct {
	testing.TB
	errors []string
}

func (r *recorder) Errorf(format string, args ...any) {
	r.errors = append(r.errors, fmt.Sprintf(format, args...))
}
