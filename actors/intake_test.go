package actors_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"hermod/actors"
	"hermod/wire"
	"hermod/wire/wiretest"
)

// flood is one message of many inbound frames, dealt to chats in turn; its reads are large enough for several decoders.
func flood(frames, chats int, bufferID func(i int) string) []byte {
	var message []byte
	for i := range frames {
		text := fmt.Sprintf("%d %s", i/chats, strings.Repeat("x", i%700))
		e := wiretest.Event("discord", fmt.Sprint("c", i%chats), fmt.Sprint("m", i), text)
		message = wire.AppendInbound(message, e, bufferID(i))
	}
	return message
}

func live(int) string { return "" }

func TestEventsOfASessionKeepTheirOrderWhenReadsAreDecodedSideBySide(t *testing.T) {
	const frames, chats = 6000, 20
	inBubble(t, func(w *world) {
		next := make([]int, chats) // each entry is touched by one lane at a time
		w.gate.onInbound = func(_ context.Context, d *actors.Inbound) error {
			var chat, n int
			if _, err := fmt.Sscanf(d.Event.Source.ChatID+" "+d.Event.Text, "c%d %d", &chat, &n); err != nil || n != next[chat] {
				t.Errorf("chat %d: got %q, want event %d (%v)", chat, d.Event.Text[:10], next[chat], err)
			}
			next[chat] = n + 1
			return nil
		}
		conn := w.ready()
		_ = conn.Send(flood(frames, chats, live))
		synctest.Wait()
		if s := w.relay.Status(); s.Counters.Handled != frames || s.Queued != 0 || s.QueuedBytes != 0 {
			t.Errorf("%d handled, %d queued, %d bytes", s.Counters.Handled, s.Queued, s.QueuedBytes)
		}
	})
}

func TestWhatWasReadBeforeACloseIsHandledEvenIfItIsStillToBeDecoded(t *testing.T) {
	const frames = 1500
	inBubble(t, func(w *world) {
		conn := w.ready()
		_ = conn.Send(flood(frames, 7, func(i int) string { return fmt.Sprint("b", i) }))
		for range frames {
			conn.Await(wire.KindInboundAck)
		}
		_ = conn.Send(flood(300, 7, live)) // copies: they are dropped while the relay closes
		if err := w.relay.Close(context.Background()); err != nil {
			t.Error(err)
		}
		if handled := len(w.gate.got()); handled != frames {
			t.Errorf("%d handled", handled)
		}
	})
}

func TestABrokenFrameAmongManyIsADeadLetterAndHoldsNothingUp(t *testing.T) {
	inBubble(t, func(w *world) {
		conn := w.ready()
		message := flood(400, 5, live)
		message = append(message, `{"type":"inbound","event":7,"bufferId":"bad"}`+"\n"...)
		_ = conn.Send(append(message, flood(400, 5, func(i int) string { return fmt.Sprint("b", i) })...))
		synctest.Wait()
		s := w.relay.Status()
		if len(w.gate.letters) != 1 || s.Counters.Malformed != 1 || s.Counters.Duplicates != 400 ||
			s.Counters.Handled != 400 {
			t.Errorf("%d letters, counters %+v", len(w.gate.letters), s.Counters)
		}
	})
}

func TestReleasedEventsAreUsedAgainAndKeptOnesStayAsTheyAre(t *testing.T) {
	const rounds, frames, chats = 8, 600, 6
	inBubble(t, func(w *world) {
		var mu sync.Mutex
		kept := make(map[string]*actors.Inbound)
		w.gate.onInbound = func(_ context.Context, d *actors.Inbound) error {
			if strings.HasSuffix(d.Event.MessageID, "7") {
				mu.Lock()
				kept[strings.Clone(d.Event.MessageID)] = d
				mu.Unlock()
				return nil
			}
			d.Release()
			return nil
		}
		conn := w.ready()
		for round := range rounds {
			var message []byte
			for i := range frames {
				id := fmt.Sprintf("m%d-%d", round, i)
				message = wire.AppendInbound(message, wiretest.Event("discord", fmt.Sprint("c", i%chats), id, "text of "+id), "b"+id)
			}
			_ = conn.Send(message)
			for range frames {
				conn.Await(wire.KindInboundAck)
			}
		}
		if len(kept) != rounds*frames/10 {
			t.Errorf("%d kept", len(kept))
		}
		for id, d := range kept {
			if d.Event.Text != "text of "+id || d.BufferID != "b"+id || !strings.Contains(string(d.Event.Raw()), id) {
				t.Errorf("%s became %q, %q, %s", id, d.Event.Text, d.BufferID, d.Event.Raw())
			}
		}
	})
}

func TestAnEventThatWasReleasedByAFailedTryComesAgainWhole(t *testing.T) {
	inBubble(t, func(w *world) {
		var texts []string
		w.gate.onInbound = func(_ context.Context, d *actors.Inbound) error {
			d.Release()
			texts = append(texts, strings.Clone(d.Event.Text))
			if d.Try < 3 {
				return errors.New("not yet")
			}
			return nil
		}
		conn := w.ready()
		_ = conn.SendInbound(event("c1", "m1", "again"), "b1")
		conn.Expect(wire.KindInboundAck)
		if got := strings.Join(texts, " "); got != "again again again" {
			t.Errorf("got %q", got)
		}
	})
}
