package wiretest_test

import (
	"context"
	"errors"
	"io"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gobwas/ws"

	"hermod/wire"
	"hermod/wire/wiretest"
)

func TestHandshakeAnswersEachHello(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := wiretest.New(t)
		c := dial(t, srv)
		c.send(ws.OpText, hello("discord"))
		c.send(ws.OpText, hello("telegram"))
		conn := srv.Accept()
		hellos := conn.Handshake(wiretest.Descriptor("discord"), wiretest.Descriptor("telegram"))
		if len(hellos) != 2 || hellos[1].Platform != "telegram" {
			t.Fatalf("hellos: %+v", hellos)
		}
		c.wantText(wire.AppendDescriptor(nil, wiretest.Descriptor("discord")))
		c.wantText(wire.AppendDescriptor(nil, wiretest.Descriptor("telegram")))
		if got := conn.Authorization(); got != "Bearer token" {
			t.Errorf("authorization %q", got)
		}
		if got := srv.Requests(); len(got) != 1 || got[0].URI != "/relay" {
			t.Errorf("requests: %+v", got)
		}
	})
}

func TestServeAnswersAllThatAGatewayAsks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := wiretest.New(t)
		srv.Handle(wiretest.Serve)
		c := dial(t, srv)
		c.send(ws.OpText, hello("discord"))
		c.wantText(wire.AppendDescriptor(nil, wiretest.Descriptor("discord")))
		c.send(ws.OpText, wire.AppendOutbound(nil, "r1", wire.NewSend("c1", "hi"), "", ""))
		id, result, err := wire.DecodeOutboundResult(c.frame().Payload)
		if id != "r1" || !result.Success || err != nil {
			t.Errorf("result of %q: %+v, %v", id, result, err)
		}
		c.send(ws.OpText, wire.AppendGoingIdle(nil))
		c.wantText(wire.AppendGoingIdleAck(nil))
	})
}

func TestDialsAreAnsweredAsTheScriptSays(t *testing.T) {
	boom := errors.New("boom")
	for _, tt := range []struct {
		name   string
		answer wiretest.Answer
		want   error
		took   time.Duration
	}{
		{"refused", wiretest.Refused(nil), syscall.ECONNREFUSED, 0},
		{"refused with an error", wiretest.Refused(boom), boom, 0},
		{"hung dial", wiretest.HungDial(), context.DeadlineExceeded, time.Minute},
		{"hung upgrade", wiretest.HungUpgrade(), context.DeadlineExceeded, time.Minute},
		{"rejected", wiretest.Rejected(401), ws.StatusError(401), 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				srv := wiretest.New(t)
				srv.OnDial(func(n int) wiretest.Answer {
					if n == 1 {
						return tt.answer
					}
					return wiretest.Accepted()
				})
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				start := time.Now()
				if _, err := tryDial(ctx, srv); !errors.Is(err, tt.want) {
					t.Errorf("dial: %v, want %v", err, tt.want)
				}
				if took := time.Since(start); took != tt.took {
					t.Errorf("took %v, want %v", took, tt.took)
				}
				if got := srv.Open(); got != 0 {
					t.Errorf("%d connections left open", got)
				}
				dial(t, srv)
				if got := srv.Dials(); got != 2 {
					t.Errorf("%d dials", got)
				}
			})
		})
	}
}

func TestOpenCountsWhatTheClientHasNotClosed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := wiretest.New(t)
		first, second := dial(t, srv), dial(t, srv)
		srv.Accept().Drop()
		if got := srv.Open(); got != 2 {
			t.Errorf("open %d after the connector's drop, want 2", got)
		}
		first.Close()
		first.Close()
		second.Close()
		if srv.Open() != 0 || srv.MaxOpen() != 2 {
			t.Errorf("open %d, most %d; want 0 and 2", srv.Open(), srv.MaxOpen())
		}
	})
}

func TestGreetingArrivesBehindTheUpgrade(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := wiretest.New(t)
		srv.Greet([]byte("one\n"), []byte("two\n"))
		c := dial(t, srv)
		if c.r == io.Reader(c.Conn) {
			t.Error("nothing was buffered with the response")
		}
		c.wantText([]byte("one\n"))
		c.wantText([]byte("two\n"))
	})
}

func TestCloseEndsStalledConnectionsAndHandlers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := wiretest.New(t)
		ended := make(chan error, 1)
		srv.Handle(func(c *wiretest.Conn) {
			c.StallReads()
			_, err := c.ReadFrame()
			ended <- err
		})
		c := dial(t, srv)
		synctest.Wait()
		srv.Close()
		if err := <-ended; err == nil {
			t.Error("the handler read a frame")
		}
		c.wantEnd(io.EOF)
		if _, err := tryDial(t.Context(), srv); err == nil {
			t.Error("a closed server took a dial")
		}
	})
}
