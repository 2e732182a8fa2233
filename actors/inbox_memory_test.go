package actors_test

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"

	"hermod/actors"
	"hermod/wire"
)

// heap returns the bytes that are held after a collection. The second one empties the pools.
func heap() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// wantHeld fails unless what is held is counted, and stays below a limit.
func (w *world) wantHeld(before, limit int64) {
	w.t.Helper()
	held, counted := heap()-before, int64(w.relay.Status().QueuedBytes)
	if held > limit || held > counted+4<<20 {
		w.t.Errorf("%d KiB are held, %d KiB counted, the limit is %d KiB", held>>10, counted>>10, limit>>10)
	}
}

func TestEventsThatGrowWhenTheyAreDecodedAreCountedAsTheyAre(t *testing.T) {
	const bound, line, events = 8 << 20, 1 << 20, 12
	attachments := strings.Repeat(`{"url":"a"},`, line/12)
	inBubble(t, func(w *world) {
		release := make(chan struct{})
		w.stuckUntil(release)
		conn := w.ready()
		before := heap()
		go func() {
			for i := range events {
				e := fmt.Sprintf(`{"text":"x","message_id":"m%d","source":{"chat_id":"c%d"},"media":[%s]}`, i, i,
					strings.TrimSuffix(attachments, ","))
				if conn.SendInbound([]byte(e), "") != nil {
					return
				}
			}
		}()
		synctest.Wait()
		w.wantHeld(before, bound+16*line)
		close(release)
		synctest.Wait()
		if s := w.relay.Status(); s.Counters.Handled != events || s.QueuedBytes != 0 {
			t.Errorf("%d handled, %d bytes queued", s.Counters.Handled, s.QueuedBytes)
		}
	}, func(c *actors.Config) { c.MaxFrame, c.MaxQueuedBytes = 1<<20+1<<16, bound })
}

func TestWhatAWaitingEventKeepsOfItsReadIsCounted(t *testing.T) {
	const bound = 2 << 20
	inBubble(t, func(w *world) {
		release := make(chan struct{})
		w.gate.onInbound = func(_ context.Context, d *actors.Inbound) error {
			if d.Event.Source.ChatID == "stuck" {
				<-release
			}
			return nil
		}
		conn := w.ready()
		before := heap()
		go func() {
			for i := range 1000 { // each is a read: one event that waits among many that do not
				message := wire.AppendInbound(nil, event("stuck", fmt.Sprint("s", i), "x"), "")
				message = append(message, flood(90, 10, live)...)
				if conn.SendMessage(message) != nil {
					return
				}
			}
		}()
		synctest.Wait()
		w.wantHeld(before, 3*bound)
		close(release)
		synctest.Wait()
		if s := w.relay.Status(); s.Queued != 0 || s.QueuedBytes != 0 {
			t.Errorf("%d deliveries of %d bytes queued", s.Queued, s.QueuedBytes)
		}
	}, func(c *actors.Config) { c.MaxQueuedBytes = bound })
}

func TestTinyEventsAreCountedWithWhatTheyBecome(t *testing.T) {
	const bound = 1 << 20
	inBubble(t, func(w *world) {
		release := make(chan struct{})
		w.stuckUntil(release)
		conn := w.ready()
		before := heap()
		go func() {
			tiny := strings.Repeat(`{"type":"inbound","event":{}}`+"\n", 1000)
			for range 100 {
				if conn.SendMessage([]byte(tiny)) != nil {
					return
				}
			}
		}()
		synctest.Wait()
		w.wantHeld(before, 5*bound)
		close(release)
		synctest.Wait()
	}, func(c *actors.Config) { c.MaxQueued, c.MaxQueuedBytes = 1<<20, bound })
}

// heldOfMessage has a handler keep one of each message's hundred events, or none, and returns how many bytes are held
// for each message then.
func heldOfMessage(t *testing.T, keep bool, other func(i int) []byte) (held int64) {
	const messages, events = 100, 100
	var kept []*actors.Inbound
	inBubble(t, func(w *world) {
		conn := w.ready()
		before := heap()
		for i := range messages {
			var message []byte
			for k := range events {
				line := other(k)
				if k == i%events {
					line = event("kept", fmt.Sprint("k", i), strings.Repeat("x", 200))
				}
				message = wire.AppendInbound(message, line, "")
			}
			if err := conn.SendMessage(message); err != nil {
				t.Error(err)
			}
			synctest.Wait()
		}
		held = (heap() - before) / messages
		if keep && len(kept) != messages {
			t.Errorf("%d events were kept", len(kept))
		}
		runtime.KeepAlive(kept)
	}, func(c *actors.Config) {
		c.NoDedupe = true
		c.Handlers.Inbound = func(_ context.Context, d *actors.Inbound) error {
			if keep && d.Event.Source.ChatID == "kept" {
				kept = append(kept, d)
			}
			return nil
		}
	})
	return held
}

func TestAKeptEventKeepsLittleOfOthers(t *testing.T) {
	attachments := strings.TrimSuffix(strings.Repeat(`{"url":"a"},`, 25), ",")
	for name, c := range map[string]struct {
		other func(i int) []byte
		limit int64
	}{
		"short events": {limit: 8 << 10,
			other: func(i int) []byte { return event("other", "", strings.Repeat("x", 200)) }},
		"events of all sizes": {limit: 12 << 10,
			other: func(i int) []byte { return event("other", "", strings.Repeat("x", 97*i)) }},
		"events that grow when they are decoded": {limit: 16 << 10,
			other: func(i int) []byte {
				return fmt.Appendf(nil, `{"text":"x","source":{"chat_id":"other"},"media":[%s]}`, attachments)
			}},
	} {
		t.Run(name, func(t *testing.T) {
			held := heldOfMessage(t, true, c.other) - heldOfMessage(t, false, c.other)
			if t.Logf("%d bytes", held); held > c.limit {
				t.Errorf("a kept event holds %d bytes, want at most %d", held, c.limit)
			}
		})
	}
}
