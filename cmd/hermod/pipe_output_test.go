package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hermod/cmd/hermod/internal/pipe"
	"hermod/wire"
	"hermod/wire/wiretest"
)

func TestPipeGivesUpAnUnreadOutputAfterASignal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &piped{session: pipe.New(io.Discard, "standard output", nil, false)}
		p.abandonOutput(nil)
		if !errors.Is(p.session.Err(), errUnread) {
			t.Errorf("the output's error is %v", p.session.Err())
		}
	})
}

// A flood into an output that is read slowly is held back on the wire, and nothing of it is lost.
func TestPipeHoldsAFloodBackWhileItsOutputIsRead(t *testing.T) {
	const count, size = 1000, 20_000
	srv := wiretest.Listen(t)
	p := startUnreadPipe(t, srv.URL(), func(cfg *pipeConfig) { cfg.relay.MaxQueued = 64 })
	c := srv.Accept()
	flooded := make(chan error, 1)
	go func() {
		if _, err := c.ReadFrame(); err != nil { // hello
			flooded <- err
			return
		}
		if err := c.Send(wire.AppendDescriptor(nil, wiretest.Descriptor("discord"))); err != nil {
			flooded <- err
			return
		}
		text := strings.Repeat("x", size)
		for i := range count {
			if err := c.SendInbound(wiretest.Event("discord", fmt.Sprint("c", i%7), fmt.Sprint("m", i), text), ""); err != nil {
				flooded <- err
				return
			}
		}
		flooded <- nil
	}()
	select {
	case err := <-flooded:
		t.Fatalf("all of %d MB were taken with nobody reading (%v)", count*size/1_000_000, err)
	case <-time.After(500 * time.Millisecond):
	}
	var memory runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&memory)
	if memory.HeapAlloc > 40<<20 {
		t.Errorf("holds %d MiB back", memory.HeapAlloc>>20)
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
}
