package actors_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"hermod/actors"
	"hermod/wire"
)

var errHandler = errors.New("handler is out of order")

func TestADeliveryIsAcknowledgedOnceAfterItsHandlerReturned(t *testing.T) {
	release := make(chan struct{})
	inBubble(t, func(w *world) {
		release = make(chan struct{})
		w.gate.onInbound = func(context.Context, *actors.Inbound) error { <-release; return nil }
		conn := w.ready()
		_ = conn.SendInbound(event("c1", "m1", "hi"), "b1")
		synctest.Wait()
		if got := len(conn.Received()); got != 1 { // the hello
			t.Fatalf("%d frames before the handler returned", got)
		}
		close(release)
		if got := string(conn.Expect(wire.KindInboundAck)); got != `{"type":"inbound_ack","bufferId":"b1"}` {
			t.Errorf("ack is %s", got)
		}
		synctest.Wait()
		if s := w.relay.Status(); s.Counters.Acks != 1 || s.Queued != 0 || s.QueuedBytes != 0 || len(conn.Received()) != 2 {
			t.Errorf("status is %+v after %d frames", s, len(conn.Received()))
		}
	})
}

func TestALiveDeliveryIsNotAcknowledged(t *testing.T) {
	inBubble(t, func(w *world) {
		conn := w.ready()
		_ = conn.SendInbound(event("c1", "m1", "hi"), "")
		w.wantEvents("hi")
		_ = conn.Send([]byte(`{"type":"inbound","bufferId":null,"event":{"text":"null"}}` + "\n"))
		w.wantEvents("hi", "null")
		if s := w.relay.Status(); s.Counters.Acks != 0 {
			t.Errorf("acks: %d", s.Counters.Acks)
		}
	})
}

func TestAHandlerThatSendsAndWaitsGetsItsAnswerWhileTheReaderServes(t *testing.T) {
	inBubble(t, func(w *world) {
		w.gate.onInbound = func(ctx context.Context, d *actors.Inbound) error {
			result, err := d.Relay.Send(ctx, wire.NewSend(d.Event.Source.ChatID, "re: "+d.Event.Text))
			if err == nil && !result.Success {
				err = errors.New(result.Error)
			}
			return err
		}
		conn := w.ready()
		begun := time.Now()
		_ = conn.SendInbound(event("c1", "m1", "hi"), "b1")
		line := conn.Expect(wire.KindOutbound)
		_ = conn.Send(wire.AppendInterruptInbound(nil, wire.InterruptInbound{SessionKey: "k"}))
		synctest.Wait()
		if len(w.gate.interrupts) != 1 {
			t.Error("the reader did not serve an interrupt meanwhile")
		}
		_ = conn.Answer(line, wire.ParseResult([]byte(`{"success":true}`)))
		conn.Expect(wire.KindInboundAck)
		if took := time.Since(begun); took > time.Millisecond {
			t.Errorf("took %v", took)
		}
	})
}

func TestOneSessionIsServedInOrderWhileOthersDoNotWait(t *testing.T) {
	inBubble(t, func(w *world) {
		stuck := make(chan struct{})
		w.gate.onInbound = func(_ context.Context, d *actors.Inbound) error {
			if d.Event.Text == "slow-0" {
				<-stuck
			}
			return nil
		}
		conn := w.ready()
		var want []string
		for i := range 100 {
			_ = conn.SendInbound(event("slow", fmt.Sprint("s", i), fmt.Sprint("slow-", i)), fmt.Sprint("bs", i))
			_ = conn.SendInbound(event("quick", fmt.Sprint("q", i), fmt.Sprint("quick-", i)), "")
			want = append(want, fmt.Sprint("quick-", i))
		}
		w.wantEvents(want...)
		close(stuck)
		for i := range 100 {
			want = append(want, fmt.Sprint("slow-", i))
		}
		w.wantEvents(want...)
		for i := range 100 {
			if got := string(conn.Expect(wire.KindInboundAck)); !strings.Contains(got, fmt.Sprintf(`"bs%d"`, i)) {
				t.Fatalf("ack %d is %s", i, got)
			}
		}
	})
}

func TestHandlersRunAtMostSoManyAtOnce(t *testing.T) {
	inBubble(t, func(w *world) {
		var running, most atomic.Int32
		w.gate.onInbound = func(context.Context, *actors.Inbound) error {
			most.Store(max(most.Load(), running.Add(1)))
			time.Sleep(time.Second)
			running.Add(-1)
			return nil
		}
		conn := w.ready()
		for i := range 20 {
			_ = conn.SendInbound(event(fmt.Sprint("c", i), "m", "x"), "")
		}
		time.Sleep(10 * time.Second)
		if most.Load() != 3 || len(w.gate.got()) != 20 {
			t.Errorf("%d at once, %d handled", most.Load(), len(w.gate.got()))
		}
	}, func(c *actors.Config) { c.MaxHandlers = 3 })
}

func TestAFailedDeliveryIsTriedAgainInItsLaneWhileOthersGoOn(t *testing.T) {
	for name, fail := range map[string]func() error{
		"error": func() error { return errHandler },
		"panic": func() error { panic("boom") },
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(w *world) {
				var tries []time.Time
				w.gate.onInbound = func(_ context.Context, d *actors.Inbound) error {
					if d.Event.Text != "bad" {
						return nil
					}
					if tries = append(tries, time.Now()); d.Try != len(tries) {
						t.Errorf("try %d is called %d", len(tries), d.Try)
					}
					if len(tries) < 3 {
						return fail()
					}
					return nil
				}
				conn := w.ready()
				_ = conn.SendInbound(event("c1", "m1", "bad"), "b1")
				_ = conn.SendInbound(event("c1", "m2", "after"), "")
				_ = conn.SendInbound(event("c2", "m3", "other"), "")
				w.wantEvents("other")
				conn.Expect(wire.KindInboundAck)
				w.wantEvents("other", "bad", "after")
				first, second := tries[1].Sub(tries[0]), tries[2].Sub(tries[1])
				if first < time.Second/2 || first > time.Second || second < time.Second || second > 2*time.Second {
					t.Errorf("waited %v and %v", first, second)
				}
			})
		})
	}
}

func TestADeliveryThatKeepsFailingGoesToTheDeadLetterHandlerAndIsThenAcknowledged(t *testing.T) {
	inBubble(t, func(w *world) {
		w.gate.onInbound = func(_ context.Context, d *actors.Inbound) error {
			if d.Event.Text == "bad" {
				return errHandler
			}
			return nil
		}
		conn := w.ready()
		_ = conn.SendInbound(event("c1", "m1", "bad"), "b1")
		_ = conn.SendInbound(event("c1", "m2", "after"), "b2")
		for _, want := range []string{"b1", "b2"} {
			if got := string(conn.Expect(wire.KindInboundAck)); !strings.Contains(got, want) {
				t.Errorf("ack is %s, want %s", got, want)
			}
		}
		if len(w.gate.letters) != 1 {
			t.Fatalf("letters: %v", w.gate.letters)
		}
		l := w.gate.letters[0]
		if l.Event == nil || l.Tries != 3 || !errors.Is(l.Err, errHandler) || l.BufferID != "b1" || l.SessionKey == "" || !strings.Contains(string(l.Raw), "bad") {
			t.Errorf("letter is %+v", l)
		}
		synctest.Wait()
		if s := w.relay.Status(); s.Counters.DeadLettered != 1 || s.Stuck != nil {
			t.Errorf("status is %+v", s)
		}
	})
}

func TestADeliveryThatNobodyTakesStaysUnacknowledgedAndTheStatusSaysSo(t *testing.T) {
	for name, change := range map[string]func(*actors.Config){
		"no dead-letter handler": func(c *actors.Config) { c.Handlers.DeadLetter = nil },
		"a dead-letter handler that fails": func(c *actors.Config) {
			c.Handlers.DeadLetter = func(context.Context, *actors.DeadLetter) error { return errHandler }
		},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(w *world) {
				broken := true
				w.gate.onInbound = func(context.Context, *actors.Inbound) error {
					if broken {
						return errHandler
					}
					return nil
				}
				conn := w.ready()
				_ = conn.SendInbound(event("c1", "m1", "bad"), "b1")
				time.Sleep(10 * time.Second)
				synctest.Wait()
				s := w.relay.Status()
				if s.Stuck == nil || s.Stuck.BufferID != "b1" || s.Stuck.SessionKey == "" || s.Stuck.Err != errHandler.Error() || s.Stuck.Since.IsZero() {
					t.Fatalf("stuck is %+v", s.Stuck)
				}
				if s.Counters.Acks != 0 || s.Queued != 0 || s.Counters.Abandoned != 1 {
					t.Errorf("status is %+v", s)
				}
				broken = false // the connector replays at the next dial
				conn.Drop()
				next := w.ready()
				_ = next.SendInbound(event("c1", "m1", "bad"), "b1")
				next.Expect(wire.KindInboundAck)
				w.wantEvents("bad")
				if s := w.relay.Status(); s.Stuck != nil {
					t.Errorf("still stuck: %+v", s.Stuck)
				}
			}, change)
		})
	}
}

func TestACopyOfAHandledDeliveryIsDroppedAndAcknowledged(t *testing.T) {
	inBubble(t, func(w *world) {
		conn := w.ready()
		_ = conn.SendInbound(event("c1", "m1", "hi"), "b1")
		conn.Expect(wire.KindInboundAck)
		conn.Drop() // the connector did not see the acknowledgement
		next := w.ready()
		_ = next.SendInbound(event("c1", "m1", "hi"), "b1")
		next.Expect(wire.KindInboundAck)
		w.wantEvents("hi")
		if s := w.relay.Status(); s.Counters.Duplicates != 1 || s.Counters.Handled != 1 {
			t.Errorf("counters are %+v", s.Counters)
		}
	})
}

func TestACopyWaitsForTheVerdictOnTheOneBeingHandled(t *testing.T) {
	for name, fails := range map[string]bool{"handled": false, "failed": true} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(w *world) {
				var runs int
				gate := make(chan error)
				w.gate.onInbound = func(context.Context, *actors.Inbound) error { runs++; return <-gate }
				conn := w.ready()
				_ = conn.SendInbound(event("c1", "m1", "hi"), "b1")
				synctest.Wait()
				conn.Drop()
				next := w.ready()
				_ = next.SendInbound(event("c1", "m1", "hi"), "b1")
				synctest.Wait()
				if runs != 1 || w.relay.Status().Queued != 2 {
					t.Fatalf("%d runs, %d queued", runs, w.relay.Status().Queued)
				}
				if fails {
					gate <- errHandler
					synctest.Wait()
					if w.relay.Status().Queued != 1 {
						t.Errorf("queued: %d", w.relay.Status().Queued)
					}
				}
				gate <- nil
				next.Expect(wire.KindInboundAck)
				w.wantEvents("hi")
			}, func(c *actors.Config) { c.Tries = 1; c.Handlers.DeadLetter = nil })
		})
	}
}

func TestEventsWithoutIdsAreNeverTakenForCopies(t *testing.T) {
	inBubble(t, func(w *world) {
		conn := w.ready()
		for range 3 {
			_ = conn.SendInbound([]byte(`{"text":"same","source":{"platform":"discord","chat_id":"c1"}}`), "")
		}
		w.wantEvents("same", "same", "same")
	})
}

func TestTheMemoryOfHandledDeliveriesIsBounded(t *testing.T) {
	inBubble(t, func(w *world) {
		conn := w.ready()
		for _, id := range []string{"m1", "m2", "m3", "m1", "m3"} {
			_ = conn.SendInbound(event("c1", id, id), "")
			synctest.Wait()
		}
		w.wantEvents("m1", "m2", "m3", "m1") // m1 was forgotten, m3 was not
	}, func(c *actors.Config) { c.DedupeKeys = 2 })
}

func TestAnAcknowledgementNeverTravelsOverANewerConnection(t *testing.T) {
	inBubble(t, func(w *world) {
		release := make(chan struct{})
		w.gate.onInbound = func(context.Context, *actors.Inbound) error { <-release; return nil }
		conn := w.ready()
		_ = conn.SendInbound(event("c1", "m1", "hi"), "b1")
		synctest.Wait()
		conn.Drop()
		next := w.ready()
		close(release)
		w.wantEvents("hi")
		if got := len(next.Received()); got != 1 {
			t.Errorf("%d frames on the new connection", got)
		}
	})
}

func TestPassthroughIsDeliveredAndAcknowledgedAndDeduplicatedByBufferID(t *testing.T) {
	inBubble(t, func(w *world) {
		conn := w.ready()
		forward := []byte(`{"platform":"discord","botId":"b1","method":"POST","path":"/i","headers":[["k","v"]],"bodyB64":"aGk="}`)
		for range 2 {
			_ = conn.Send(wire.AppendPassthroughForward(nil, forward, "p1"))
			conn.Expect(wire.KindInboundAck)
		}
		synctest.Wait()
		if len(w.gate.passthroughs) != 1 {
			t.Fatalf("handled %d", len(w.gate.passthroughs))
		}
		if f := w.gate.passthroughs[0].Forward; string(f.Body) != "hi" || f.Method != "POST" || f.Headers[0] != [2]string{"k", "v"} {
			t.Errorf("forward is %+v", f)
		}
	})
}

func TestPassthroughWithoutAHandlerIsADeadLetter(t *testing.T) {
	inBubble(t, func(w *world) {
		conn := w.ready()
		_ = conn.Send(wire.AppendPassthroughForward(nil, []byte(`{"path":"/i"}`), "p1"))
		conn.Expect(wire.KindInboundAck)
		if len(w.gate.letters) != 1 || w.gate.letters[0].Forward == nil {
			t.Errorf("letters are %+v", w.gate.letters)
		}
	}, func(c *actors.Config) { c.Handlers.Passthrough = nil })
}

func TestInterruptsOvertakeQueuedEventsAndAbsorbTheirRepeats(t *testing.T) {
	inBubble(t, func(w *world) {
		block := make(chan struct{})
		w.gate.onInbound = func(context.Context, *actors.Inbound) error { <-block; return nil }
		w.gate.onInterrupt = func(context.Context, wire.InterruptInbound) { time.Sleep(time.Second) }
		conn := w.ready()
		for i := range 10 {
			_ = conn.SendInbound(event("c1", fmt.Sprint("m", i), "x"), "")
		}
		for range 5 {
			_ = conn.Send(wire.AppendInterruptInbound(nil, wire.InterruptInbound{SessionKey: "k", ChatID: "c1"}))
		}
		time.Sleep(5 * time.Second)
		synctest.Wait()
		if len(w.gate.interrupts) != 2 || len(w.gate.got()) != 0 {
			t.Errorf("%d interrupts, %d events", len(w.gate.interrupts), len(w.gate.got()))
		}
		close(block)
	})
}

func TestInterruptsBeyondTheBoundAreDroppedAndCounted(t *testing.T) {
	inBubble(t, func(w *world) {
		block := make(chan struct{})
		w.gate.onInterrupt = func(context.Context, wire.InterruptInbound) { <-block }
		conn := w.ready()
		for i := range 1030 {
			_ = conn.Send(wire.AppendInterruptInbound(nil, wire.InterruptInbound{SessionKey: fmt.Sprint(i)}))
		}
		synctest.Wait()
		if s := w.relay.Status(); s.Counters.Interrupts != 1024 || s.Counters.InterruptsDropped != 6 {
			t.Errorf("counters are %+v", s.Counters)
		}
		close(block)
	})
}

func TestPoisonFramesAreCountedAndTheConnectionLivesOn(t *testing.T) {
	deliveries := map[string]string{ // each is acknowledged, so that it does not come again for ever
		"event null":         `{"type":"inbound","event":null,"bufferId":"p"}`,
		"event a list":       `{"type":"inbound","event":[1],"bufferId":"p"}`,
		"source a string":    `{"type":"inbound","event":{"text":"x","source":"bad"},"bufferId":"p"}`,
		"forward not object": `{"type":"passthrough_forward","forward":7,"bufferId":"p"}`,
	}
	for name, line := range deliveries {
		t.Run(name, func(t *testing.T) {
			for _, handled := range []bool{true, false} {
				inBubble(t, func(w *world) {
					conn := w.ready()
					_ = conn.Send([]byte(line + "\n"))
					conn.Expect(wire.KindInboundAck)
					s := w.wantState("ready")
					if s.Generation != 1 || s.Counters.Malformed != 1 || s.Stuck != nil {
						t.Errorf("status is %+v", s)
					}
					if handled && (len(w.gate.letters) != 1 || string(w.gate.letters[0].Raw) != line || w.gate.letters[0].Err == nil) {
						t.Errorf("letters are %+v", w.gate.letters)
					}
				}, func(c *actors.Config) {
					if !handled {
						c.Handlers.DeadLetter = nil
					}
				})
			}
		})
	}
	for name, line := range map[string]string{
		"not JSON": `{nope`, "list": `[]`, "number": `5`, "null": `null`, "string": `"x"`, "type a number": `{"type":5}`,
		"invalid UTF-8": "{\"type\":\"inbound\",\"event\":{\"text\":\"\xff\"},\"bufferId\":\"p\"}",
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(w *world) {
				conn := w.ready()
				_ = conn.Send([]byte(line + "\n"))
				_ = conn.SendInbound(event("c1", "m1", "after"), "")
				w.wantEvents("after")
				if s := w.wantState("ready"); s.Generation != 1 || s.Counters.Malformed != 1 {
					t.Errorf("status is %+v", s)
				}
			})
		})
	}
	for name, line := range map[string]string{"unknown": `{"type":"whatever"}`, "echoed": `{"type":"hello"}`, "none": `{}`, "unasked": `{"type":"going_idle_ack"}`} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(w *world) {
				conn := w.ready()
				_ = conn.Send([]byte(line + "\n"))
				if s := w.wantState("ready"); s.Counters.Ignored != 1 || s.Counters.Malformed != 0 {
					t.Errorf("counters are %+v", s.Counters)
				}
			})
		})
	}
}

func TestALineOverMaxFrameClosesWith1009AndIsRetried(t *testing.T) {
	inBubble(t, func(w *world) {
		conn := w.ready()
		piece := []byte(strings.Repeat("x", 64<<10))
		for range 18 {
			_ = conn.SendMessage(piece)
		}
		if end := conn.AwaitEnd(); end == nil || end.Code != 1009 {
			t.Errorf("close is %+v", end)
		}
		w.ready()
	}, func(c *actors.Config) { c.MaxFrame = 1 << 20 })
}

func TestFramesMayShareMessagesSpanThemOrComeAsBinary(t *testing.T) {
	inBubble(t, func(w *world) {
		conn := w.ready()
		frame := func(i int) []byte {
			return wire.AppendInbound(nil, event("c1", fmt.Sprint("m", i), fmt.Sprint("é", i)), "")
		}
		three := append(append(append([]byte(nil), frame(0)...), frame(1)...), frame(2)...)
		_ = conn.SendMessage(three, []byte("\n \r\n"))
		for _, b := range frame(3) {
			_ = conn.SendMessage([]byte{b})
		}
		_ = conn.SendBinary(frame(4))
		last := frame(5)
		_ = conn.SendFragments(last[:7], nil, last[7:90], last[90:])
		w.wantEvents("é0", "é1", "é2", "é3", "é4", "é5")
	})
}

func TestALastLineWithoutItsEndDiesWithTheConnection(t *testing.T) {
	inBubble(t, func(w *world) {
		conn := w.ready()
		whole := wire.AppendInbound(nil, event("c1", "m1", "cut"), "")
		_ = conn.SendMessage(whole[:len(whole)-1])
		synctest.Wait()
		conn.Drop()
		next := w.ready()
		_ = next.SendMessage([]byte("\n"))
		w.wantEvents()
	})
}

func TestProtocolViolationsCloseWith1002AndAreRetried(t *testing.T) {
	for name, raw := range map[string][]byte{
		"reserved bits": {0xc1, 0}, "masked": {0x81, 0x80, 1, 2, 3, 4}, "unknown opcode": {0x83, 0},
		"unknown control": {0x8b, 0}, "fragmented ping": {0x09, 0}, "long ping": {0x89, 126, 0, 200},
		"lone continuation": {0x80, 0}, "message in message": {0x01, 1, 'x', 0x81, 0},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(w *world) {
				conn := w.ready()
				_ = conn.SendRaw(raw)
				if end := conn.AwaitEnd(); end == nil || end.Code != 1002 {
					t.Errorf("close is %+v", end)
				}
				w.ready()
			})
		})
	}
}

func TestAFloodIntoAStuckHandlerHoldsStillAndLosesNothing(t *testing.T) {
	const events, bound = 4000, 50
	inBubble(t, func(w *world) {
		block := make(chan struct{})
		w.gate.onInbound = func(context.Context, *actors.Inbound) error { <-block; return nil }
		conn := w.ready()
		flooded := make(chan struct{})
		go func() {
			defer close(flooded)
			for i := range events {
				_ = conn.SendInbound(event("c1", fmt.Sprint("m", i), fmt.Sprint(i)), fmt.Sprint("b", i))
			}
		}()
		synctest.Wait()
		s := w.relay.Status()
		if perRead := (64 << 10) / 150; s.Queued < bound || s.Queued > bound+perRead {
			t.Errorf("%d queued, bound is %d", s.Queued, bound)
		}
		time.Sleep(10 * time.Minute) // the keepalive must not mistake a reader that waits for a dead peer
		if now := w.wantState("ready"); now.Queued != s.Queued || now.Generation != 1 {
			t.Errorf("queued went from %d to %d, generation %d", s.Queued, now.Queued, now.Generation)
		}
		close(block)
		for range events {
			conn.Await(wire.KindInboundAck)
		}
		<-flooded
		if got := w.gate.got(); len(got) != events || got[events-1] != fmt.Sprint(events-1) {
			t.Errorf("handled %d", len(got))
		}
	}, func(c *actors.Config) { c.MaxQueued = bound })
}

func TestTheBytesOfQueuedDeliveriesAreBoundedToo(t *testing.T) {
	inBubble(t, func(w *world) {
		block := make(chan struct{})
		w.gate.onInbound = func(context.Context, *actors.Inbound) error { <-block; return nil }
		conn := w.ready()
		go func() {
			for i := range 100 {
				_ = conn.SendInbound(event("c1", fmt.Sprint("m", i), strings.Repeat("x", 50<<10)), "")
			}
		}()
		synctest.Wait()
		if s := w.relay.Status(); s.QueuedBytes < 200<<10 || s.QueuedBytes > 350<<10 {
			t.Errorf("%d bytes queued", s.QueuedBytes)
		}
		close(block)
		synctest.Wait()
		if got := len(w.gate.got()); got != 100 {
			t.Errorf("handled %d", got)
		}
	}, func(c *actors.Config) { c.MaxQueuedBytes = 200 << 10 })
}

func TestHandlersThatWaitForResultsBehindAFloodGetThem(t *testing.T) {
	inBubble(t, func(w *world) {
		w.gate.onInbound = func(ctx context.Context, d *actors.Inbound) error {
			_, err := d.Relay.Send(ctx, wire.NewSend("c", "re"))
			return err
		}
		conn := w.ready()
		begun := time.Now()
		for i := range 30 { // beyond the bound of 20, all of them before the first result
			_ = conn.SendInbound(event("c1", fmt.Sprint("m", i), "x"), "")
		}
		for range 30 {
			_ = conn.Answer(conn.Await(wire.KindOutbound), wire.ParseResult([]byte(`{"success":true}`)))
		}
		synctest.Wait()
		if took := time.Since(begun); len(w.gate.got()) != 30 || took > time.Second {
			t.Errorf("handled %d in %v", len(w.gate.got()), took)
		}
	}, func(c *actors.Config) { c.MaxQueued = 20 })
}

func TestHandlersContextsEndWithTheRelay(t *testing.T) {
	inBubble(t, func(w *world) {
		ended := make(chan struct{}, 3)
		wait := func(ctx context.Context) { <-ctx.Done(); ended <- struct{}{} }
		w.gate.onInbound = func(ctx context.Context, _ *actors.Inbound) error { wait(ctx); return ctx.Err() }
		w.gate.onPassthrough = func(ctx context.Context, _ *actors.Passthrough) error { wait(ctx); return ctx.Err() }
		w.gate.onInterrupt = func(ctx context.Context, _ wire.InterruptInbound) { wait(ctx) }
		conn := w.ready()
		_ = conn.SendInbound(event("c1", "m1", "x"), "b1")
		_ = conn.Send(wire.AppendPassthroughForward(nil, []byte(`{}`), "p1"))
		_ = conn.Send(wire.AppendInterruptInbound(nil, wire.InterruptInbound{SessionKey: "k"}))
		synctest.Wait()
		if err := w.relay.Close(background); err != nil {
			t.Error(err)
		}
		for range 3 {
			<-ended
		}
		if got := conn.Received(); len(got) != 1 {
			t.Errorf("%d frames: a handler that failed was acknowledged", len(got))
		}
	})
}
