package actors_test

import (
	"context"
	"net"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"hermod/actors"
	"hermod/wire"
)

// slowConn takes 4 KiB in each interval, without pause.
type slowConn struct {
	net.Conn
	interval time.Duration
	deadline atomic.Pointer[time.Time] // of writes
}

// SetWriteDeadline implements net.Conn.
func (c *slowConn) SetWriteDeadline(t time.Time) error {
	c.deadline.Store(&t)
	return c.Conn.SetWriteDeadline(t)
}

// Write implements net.Conn.
func (c *slowConn) Write(p []byte) (written int, err error) {
	for written < len(p) {
		time.Sleep(c.interval)
		if deadline := c.deadline.Load(); deadline != nil && !deadline.IsZero() && time.Now().After(*deadline) {
			return written, os.ErrDeadlineExceeded
		}
		n, err := c.Conn.Write(p[written:min(len(p), written+4<<10)])
		if written += n; err != nil {
			return written, err
		}
	}
	return written, nil
}

// slowly has every connection take 4 KiB in each interval.
func slowly(interval time.Duration) func(*actors.Config) {
	return func(c *actors.Config) {
		dial := c.Dial
		c.Dial = func(ctx context.Context, network, addr string) (net.Conn, error) {
			conn, err := dial(ctx, network, addr)
			return &slowConn{Conn: conn, interval: interval}, err
		}
		c.WriteTimeout, c.OutboundTimeout = 2*time.Second, time.Hour
	}
}

func TestAPeerThatReadsSlowlyButSteadilyIsNotCutOff(t *testing.T) {
	for name, c := range map[string]struct {
		interval time.Duration
		frames   int
	}{
		"for longer than the limit of a write": {time.Millisecond, 12},
		"for longer than the limit of a pong":  {100 * time.Millisecond, 5},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(w *world) {
				conn := w.ready()
				begun := time.Now()
				var outcomes []<-chan sent
				for range c.frames {
					outcomes = append(outcomes, w.send(background, strings.Repeat("x", 1<<20-500)))
				}
				for range outcomes {
					_ = conn.Answer(conn.Expect(wire.KindOutbound), wire.ParseResult([]byte(`{"success":true}`)))
				}
				for _, outcome := range outcomes {
					if got := <-outcome; got.err != nil {
						t.Fatalf("error is %v after %v", got.err, got.took)
					}
				}
				if took := time.Since(begun); took < time.Duration(c.frames)*200*c.interval {
					t.Errorf("all was written in %v: the peer was not slow", took)
				}
				w.wantState("ready")
			}, slowly(c.interval))
		})
	}
}

func TestWhatASlowPeerGotBeforeItStoppedCountsAsWritten(t *testing.T) {
	inBubble(t, func(w *world) {
		conn := w.ready()
		var outcomes []<-chan sent
		for range 8 {
			outcomes = append(outcomes, w.send(background, strings.Repeat("x", 100<<10)))
			synctest.Wait()
		}
		for range 3 {
			conn.Expect(wire.KindOutbound)
		}
		conn.StallReads()
		written := 0
		for _, outcome := range outcomes {
			got := <-outcome
			if got.result.Ambiguous {
				written++
			}
			if got.took > 3*time.Second {
				t.Errorf("settled after %v", got.took)
			}
		}
		if written != 3 { // the buffers, of 68 KiB, do not take another one whole
			t.Errorf("%d count as written; the connector has 3", written)
		}
		conn.Drop()
	}, slowly(time.Millisecond))
}
