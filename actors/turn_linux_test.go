package actors_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"hermod/actors"
	"hermod/wire"
)

// trusted is relays at rest whose handlers have been quick so far, so that they run where the socket was read.
func trusted(t *testing.T, atRest func(int) *resting, count int) *resting {
	t.Helper()
	r := atRest(count)
	for i, conn := range r.conns {
		if err := conn.SendInbound(event("c", fmt.Sprint("first", i), "first"), "first"); err != nil {
			t.Fatal(err)
		}
		conn.Await(wire.KindInboundAck)
	}
	return r
}

// liveLine is a live event of a chat, as a line.
func liveLine(chat, text string) []byte {
	return wire.AppendInbound(nil, event(chat, chat+text, text), "")
}

func TestAHandlerThatHangsHoldsUpNoOtherRelayAtRest(t *testing.T) {
	overBoth(t, func(t *testing.T, atRest func(int) *resting) {
		r := trusted(t, atRest, 12)
		var left sync.WaitGroup
		left.Add(len(r.conns) - 1)
		hanging, hung := make(chan struct{}), make(chan struct{})
		r.gate.onInbound = func(_ context.Context, d *actors.Inbound) error {
			if d.Event.Text == "hang" {
				close(hanging)
				left.Wait()
				close(hung)
				return nil
			}
			left.Done()
			return nil
		}
		_ = r.conns[0].Send(liveLine("c", "hang"))
		<-hanging
		for _, conn := range r.conns[1:] {
			_ = conn.Send(liveLine("c", "go on"))
		}
		<-hung
	})
}

func TestAHandlerThatHangsHoldsUpNoOtherChatOfTheSameRead(t *testing.T) {
	overBoth(t, func(t *testing.T, atRest func(int) *resting) {
		r := trusted(t, atRest, 1)
		const chats = 12
		var begun atomic.Int32
		var left sync.WaitGroup
		left.Add(chats - 1)
		hung := make(chan struct{})
		r.gate.onInbound = func(context.Context, *actors.Inbound) error {
			if begun.Add(1) == 1 {
				left.Wait()
				close(hung)
				return nil
			}
			left.Done()
			return nil
		}
		var message []byte
		for chat := range chats {
			message = append(message, liveLine(fmt.Sprint(chat), "x")...)
		}
		_ = r.conns[0].SendMessage(message)
		<-hung
	})
}

func TestAHandlerThatEndsItsGoroutineHoldsUpNothing(t *testing.T) {
	r := trusted(t, func(count int) *resting { return atRest(t, count) }, 4)
	var left sync.WaitGroup
	left.Add(len(r.conns))
	var ended atomic.Bool
	r.gate.onInbound = func(context.Context, *actors.Inbound) error {
		if !ended.Swap(true) {
			runtime.Goexit()
		}
		left.Done()
		return nil
	}
	_ = r.conns[0].SendMessage(liveLine("a", "x"), liveLine("b", "x"))
	r.settle(ended.Load)
	for _, conn := range r.conns[1:] {
		_ = conn.Send(liveLine("c", "x"))
	}
	left.Wait()
	atOnce, cancel := context.WithCancel(context.Background())
	cancel() // without the next try
	_ = r.relays[0].Close(atOnce)
}

func TestAHandlerWaitsForASendOfItsOwnWhereTheSocketWasRead(t *testing.T) {
	overBoth(t, func(t *testing.T, atRest func(int) *resting) {
		r := trusted(t, atRest, 1)
		sent := make(chan error, 1)
		r.gate.onInbound = func(ctx context.Context, d *actors.Inbound) error {
			_, err := d.Relay.Send(ctx, wire.NewSend("c", "x"))
			sent <- err
			return nil
		}
		_ = r.conns[0].Send(liveLine("c", "x"))
		_ = r.conns[0].Answer(r.conns[0].Await(wire.KindOutbound), wire.ParseResult([]byte(`{"success":true}`)))
		if err := <-sent; err != nil {
			t.Error(err)
		}
	})
}

func TestEventsOfRelaysAtRestAreHandledOnceAndInOrderHoweverHandlersBehave(t *testing.T) {
	const relays, chats, events = 6, 4, 150
	r := trusted(t, func(count int) *resting { return atRest(t, count) }, relays)
	var left sync.WaitGroup
	left.Add(relays * events)
	var next [relays][chats]int // each belongs to its chat's handlers
	r.gate.onInbound = func(_ context.Context, d *actors.Inbound) error {
		defer left.Done()
		var relay, chat, n int
		_, _ = fmt.Sscan(d.Event.Text, &relay, &chat, &n)
		if want := next[relay][chat]; n != want {
			t.Errorf("event %d of chat %d came, want %d", n, chat, want)
		}
		next[relay][chat]++
		switch rand.IntN(60) {
		case 0:
			<-time.After(2 * time.Millisecond)
		case 1:
			runtime.Gosched()
		}
		return nil
	}
	for relay, conn := range r.conns {
		go func() {
			var sent [chats]int
			for i := 0; i < events; {
				var message []byte
				for range min(1+rand.IntN(5), events-i) {
					chat := rand.IntN(chats)
					message = append(message, liveLine(fmt.Sprint("c", chat), fmt.Sprint(relay, chat, sent[chat]))...)
					sent[chat]++
					i++
				}
				_ = conn.SendMessage(message)
				runtime.Gosched()
			}
		}()
	}
	left.Wait()
}

func TestAConnectionThatBringsMuchLeavesThePollerAndComesBack(t *testing.T) {
	overBoth(t, func(t *testing.T, atRest func(int) *resting) {
		r := trusted(t, atRest, 2)
		for round := range 2 {
			for _, conn := range r.conns {
				for i := range 2 { // more than a turn reads, and more messages than go without a fence
					_ = conn.SendInbound(event("c", fmt.Sprint("big", round, i), strings.Repeat("x", 300_000)), "")
				}
				go func() {
					for range 1500 {
						_ = conn.Ping()
					}
					_ = conn.SendInbound(event("c", fmt.Sprint("last", round), "last"), "b")
				}()
			}
			for _, conn := range r.conns {
				conn.Await(wire.KindInboundAck)
			}
			r.settle(func() bool { return goroutinesIn("actors.(*readLoop)") == 0 })
		}
		if got := len(r.gate.got()); got != 2*(1+2*3) {
			t.Errorf("%d events handled", got)
		}
	})
}
