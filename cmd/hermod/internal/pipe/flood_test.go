package pipe

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"hermod/wire"
	"hermod/wire/wiretest"
)

func TestPipeGivesUpAnUnreadOutputAfterASignal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &bridge{session: New(io.Discard, "standard output", nil, false)}
		p.abandonOutput(nil)
		if !errors.Is(p.session.Err(), errUnread) {
			t.Errorf("the output's error is %v", p.session.Err())
		}
	})
}

// A flood into an output that is read slowly is held back on the wire, and nothing of it is lost.
func TestPipeHoldsAFloodBackWhileItsOutputIsRead(t *testing.T) {
	inVirtualTime(t, func(t *testing.T) {
		const count, size, queued = 1000, 20_000, 64
		srv := wiretest.New(t)
		p := startUnreadPipe(t, srv.URL(), dialWith(srv.Dial), func(cfg *Config) { cfg.Relay.MaxQueued = queued })
		c := srv.Accept()
		var taken atomic.Int64
		flooded := make(chan error, 1)
		go func() { flooded <- flood(c, count, size, &taken) }()
		synctest.Wait()
		if n := taken.Load(); n < queued || n > 5*queued {
			t.Errorf("%d of %d deliveries were taken with nobody reading, and %d may wait", n, count, queued)
		}
		seen := make(map[any]bool)
		lines := bufio.NewReader(p.stdout)
		for len(seen) < count {
			line, err := lines.ReadBytes('\n')
			must(t, err)
			if r := parseRecord(t, line); r["kind"] == "inbound" {
				seen[at(r, "event", "message_id")] = true
			}
		}
		must(t, <-flooded)
	})
}

// flood answers the hello and sends deliveries of a size in seven chats; it counts those that were taken.
func flood(c *wiretest.Conn, count, size int, taken *atomic.Int64) error {
	if _, err := c.ReadFrame(); err != nil { // hello
		return err
	}
	if err := c.Send(wire.AppendDescriptor(nil, wiretest.Descriptor("discord"))); err != nil {
		return err
	}
	text := strings.Repeat("x", size)
	for i := range count {
		if err := c.SendInbound(wiretest.Event("discord", fmt.Sprint("c", i%7), fmt.Sprint("m", i), text), ""); err != nil {
			return err
		}
		taken.Add(1)
	}
	return nil
}
