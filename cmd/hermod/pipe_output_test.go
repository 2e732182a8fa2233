package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"hermod/wire"
	"hermod/wire/wiretest"
)

// slowOutput takes one write at a time, when the test lets it.
type slowOutput struct {
	writes  chan []byte
	proceed chan error
}

func (w *slowOutput) Write(b []byte) (int, error) {
	w.writes <- append([]byte(nil), b...)
	return len(b), <-w.proceed
}

func TestRecorderGathersWhatComesWhileItIsBusy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &slowOutput{writes: make(chan []byte), proceed: make(chan error)}
		r := newRecorder(w)
		var written atomic.Int32
		put := func(line string) {
			if err := r.put(t.Context(), []byte(line)); err != nil {
				t.Error(err)
			}
			written.Add(1)
		}
		go put("first\n")
		first := <-w.writes
		for range 4 {
			go put("more\n")
		}
		synctest.Wait()
		if written.Load() > 0 {
			t.Error("a put returned before its write")
		}
		w.proceed <- nil
		second := <-w.writes
		w.proceed <- nil
		synctest.Wait()
		if string(first) != "first\n" || string(second) != strings.Repeat("more\n", 4) || written.Load() != 5 {
			t.Errorf("wrote %q, then %q; %d puts returned", first, second, written.Load())
		}
		go func() { <-w.writes; w.proceed <- nil }()
		if err := r.finish([]byte("end\n")); err != nil {
			t.Error(err)
		}
		if err := r.put(t.Context(), []byte("late\n")); !errors.Is(err, errFinished) {
			t.Errorf("put after the end: %v", err)
		}
	})
}

func TestRecorderFailsEveryPutAfterAnError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &slowOutput{writes: make(chan []byte), proceed: make(chan error)}
		r := newRecorder(w)
		torn := errors.New("torn")
		var wg sync.WaitGroup
		for range 3 {
			wg.Go(func() {
				if err := r.put(context.Background(), []byte("a\n")); !errors.Is(err, torn) {
					t.Errorf("put: %v", err)
				}
			})
		}
		<-w.writes
		synctest.Wait()
		w.proceed <- torn
		wg.Wait()
		if err := r.finish([]byte("end\n")); !errors.Is(err, torn) {
			t.Errorf("finish: %v", err)
		}
	})
}

func TestRecorderLetsGoOfAHangingOutput(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &slowOutput{writes: make(chan []byte), proceed: make(chan error)}
		r := newRecorder(w)
		ctx, cancel := context.WithCancel(t.Context())
		put := make(chan error, 1)
		go func() { put <- r.put(ctx, []byte("a\n")) }()
		<-w.writes
		cancel()
		if err := <-put; !errors.Is(err, context.Canceled) {
			t.Errorf("put: %v", err)
		}
		r.fail(errUnread)
		if err := r.finish([]byte("end\n")); !errors.Is(err, errUnread) {
			t.Errorf("finish: %v", err)
		}
		w.proceed <- nil
	})
}

func TestPipeGivesUpAnUnreadOutputAfterASignal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		out := newRecorder(&slowOutput{})
		p := &pipe{out: out}
		p.abandonOutput(nil)
		if !errors.Is(out.err(), errUnread) {
			t.Errorf("the output's error is %v", out.err())
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
