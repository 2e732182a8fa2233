package actors_test

import (
	"context"
	"errors"
	"net"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"hermod/actors"
)

// firstDial replaces a relay's first dial.
func firstDial(first func(context.Context) (net.Conn, error)) func(*actors.Config) {
	return func(c *actors.Config) {
		var dials atomic.Int32
		dial := c.Dial
		c.Dial = func(ctx context.Context, network, addr string) (net.Conn, error) {
			if dials.Add(1) == 1 {
				return first(ctx)
			}
			return dial(ctx, network, addr)
		}
	}
}

func TestADialFunctionThatIgnoresItsContextIsLeftWhenItsTimeIsOver(t *testing.T) {
	inBubble(t, func(w *world) {
		s := w.wantState("connecting")
		time.Sleep(30 * time.Second)
		overdue := w.wantState("backoff")
		if !strings.Contains(overdue.LastError, "dial connector: no connection and upgrade in time") {
			t.Errorf("last error is %q", overdue.LastError)
		}
		if waited := overdue.Since.Sub(s.Since); waited != 30*time.Second {
			t.Errorf("left after %v", waited)
		}
		w.ready()
		time.Sleep(time.Minute)
		if dials, open := w.srv.Dials(), w.srv.Open(); dials != 2 || open != 1 {
			t.Errorf("%d connections are open after %d dials, one of which was late", open, dials)
		}
		w.wantState("ready")
	}, func(c *actors.Config) {
		dial := c.Dial
		firstDial(func(context.Context) (net.Conn, error) {
			time.Sleep(time.Minute)
			return dial(background, "", "")
		})(c)
	})
}

func TestADialFunctionThatGivesNothingIsADialThatFailed(t *testing.T) {
	for name, c := range map[string]struct {
		dial func(context.Context) (net.Conn, error)
		want string
	}{
		"and ends its goroutine": {func(context.Context) (net.Conn, error) { runtime.Goexit(); return nil, nil },
			"ended its goroutine"},
		"and no error": {func(context.Context) (net.Conn, error) { return nil, nil }, "neither a connection nor an error"},
		"but an error": {func(context.Context) (net.Conn, error) { return nil, errors.New("no way") }, "no way"},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(w *world) {
				s := w.wantState("backoff")
				if !strings.Contains(s.LastError, c.want) || time.Since(s.Since) != 0 {
					t.Errorf("last error is %q, since %v", s.LastError, time.Since(s.Since))
				}
				w.ready()
			}, firstDial(c.dial))
		})
	}
}

func TestClosingARelayWhoseDialIgnoresItsContextDoesNotWaitForIt(t *testing.T) {
	inBubble(t, func(w *world) {
		synctest.Wait()
		begun := time.Now()
		if err := w.relay.Close(background); err != nil || time.Since(begun) > time.Second {
			t.Errorf("closed after %v: %v", time.Since(begun), err)
		}
		time.Sleep(time.Minute)
	}, firstDial(func(context.Context) (net.Conn, error) { time.Sleep(time.Minute); return nil, errors.New("too late") }))
}

func TestARelayThatClosesWhileItDialsLeavesNoConnectionToItsSuccessor(t *testing.T) {
	inBubble(t, func(w *world) {
		synctest.Wait()
		if err := w.relay.Close(background); err != nil {
			t.Fatal(err)
		}
		w.succeedAlone()
	}, slowToGiveUp)
}

func TestARelayThatIsCutOffWhileItDialsLeavesNoConnectionToItsSuccessor(t *testing.T) {
	inBubble(t, func(w *world) {
		synctest.Wait()
		ctx, cancel := context.WithCancel(background)
		cancel()
		if err := w.relay.Close(ctx); !errors.Is(err, actors.ErrCloseTimeout) {
			t.Errorf("error is %v", err)
		}
		<-w.relay.Done()
		w.succeedAlone()
	}, slowToGiveUp)
}

func TestARelayThatIsCutOffDoesNotWaitForADialThatIgnoresItsContext(t *testing.T) {
	inBubble(t, func(w *world) {
		synctest.Wait()
		begun := time.Now()
		ctx, cancel := context.WithCancel(background)
		cancel()
		_ = w.relay.Close(ctx)
		<-w.relay.Done()
		if took := time.Since(begun); took > time.Second {
			t.Errorf("done after %v", took)
		}
		w.relay = w.spawn("bot")
		w.ready()
		time.Sleep(time.Minute)
		if open := w.srv.Open(); open != 1 {
			t.Errorf("%d connections are open", open)
		}
	}, deaf)
}

// slowToGiveUp has dials of a relay connect, and close that connection a moment after they were told to end.
func slowToGiveUp(c *actors.Config) {
	dial := c.Dial
	c.Dial = func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := dial(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		<-ctx.Done()
		time.Sleep(50 * time.Millisecond)
		_ = conn.Close()
		return nil, ctx.Err()
	}
}

// deaf has dials of a relay connect after half a minute, whatever happens meanwhile.
func deaf(c *actors.Config) {
	dial := c.Dial
	c.Dial = func(_ context.Context, network, addr string) (net.Conn, error) {
		time.Sleep(30 * time.Second)
		return dial(background, network, addr)
	}
}

// succeedAlone spawns the relay's successor, and wants it to find no connection of the relay.
func (w *world) succeedAlone() {
	w.t.Helper()
	w.relay = w.spawn("bot")
	w.ready()
	if most := w.srv.MaxOpen(); most != 1 {
		w.t.Errorf("%d connections were open at once", most)
	}
}
