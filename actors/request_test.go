package actors_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"hermod/actors"
	"hermod/wire"
)

var background = context.Background()

func TestASendGetsTheConnectorsResult(t *testing.T) {
	inBubble(t, func(w *world) {
		conn := w.ready()
		outcome := w.send(background, "hi")
		line := conn.Expect(wire.KindOutbound)
		_ = conn.Answer(line, wire.ParseResult([]byte(`{"success":true,"message_id":"m9","extra":[1]}`)))
		got := <-outcome
		if got.err != nil || !got.result.Success || got.result.MessageID != "m9" {
			t.Fatalf("got %+v, %v", got.result, got.err)
		}
		if extra, ok := got.result.Field("extra"); !ok || string(extra) != "[1]" {
			t.Errorf("unknown field is %q, %v", extra, ok)
		}
	})
}

func TestAConnectorsRefusalIsAResultAndNoError(t *testing.T) {
	inBubble(t, func(w *world) {
		conn := w.ready()
		outcome := w.send(background, "hi")
		_ = conn.Answer(conn.Expect(wire.KindOutbound), wire.Failure("egress declined: no", false))
		if got := <-outcome; got.err != nil || got.result.Success || got.result.Error != "egress declined: no" {
			t.Fatalf("got %+v, %v", got.result, got.err)
		}
	})
}

func TestAResultThatIsNoObjectResolvesAsAFailure(t *testing.T) {
	inBubble(t, func(w *world) {
		conn := w.ready()
		outcome := w.send(background, "hi")
		out, _ := wire.DecodeOutbound(conn.Expect(wire.KindOutbound))
		_ = conn.Send([]byte(`{"type":"outbound_result","requestId":"` + out.RequestID + `","result":[1]}` + "\n"))
		if got := <-outcome; got.err != nil || got.result.Success || got.result.Error == "" {
			t.Fatalf("got %+v, %v", got.result, got.err)
		}
	})
}

func TestSendsFailAtOnceWithoutAConnection(t *testing.T) {
	words := "relay transport not connected"
	t.Run("before the descriptor", func(t *testing.T) {
		inBubble(t, func(w *world) {
			w.srv.Accept().Expect(wire.KindHello)
			got := <-w.send(background, "x")
			got.want(t, actors.ErrNotConnected, words, false)
			if got.took != 0 {
				t.Errorf("took %v", got.took)
			}
		})
	})
	t.Run("in backoff", func(t *testing.T) {
		inBubble(t, func(w *world) {
			w.ready().Drop()
			w.wantState("backoff")
			(<-w.send(background, "x")).want(t, actors.ErrNotConnected, words, false)
		})
	})
}

func TestARequestTimesOutAsAmbiguousAndItsLateResultIsCounted(t *testing.T) {
	inBubble(t, func(w *world) {
		conn := w.ready()
		outcome := w.send(background, "x")
		line := conn.Expect(wire.KindOutbound)
		got := <-outcome
		got.want(t, actors.ErrTimeout, "relay outbound timed out", true)
		if got.took != 30*time.Second {
			t.Errorf("took %v", got.took)
		}
		_ = conn.Answer(line, wire.ParseResult([]byte(`{"success":true}`)))
		synctest.Wait()
		if s := w.relay.Status(); s.Counters.LateResults != 1 || s.Pending != 0 {
			t.Errorf("late %d, pending %d", s.Counters.LateResults, s.Pending)
		}
	})
}

func TestEachRequestHasItsOwnDeadline(t *testing.T) {
	inBubble(t, func(w *world) {
		w.ready()
		var outcomes []<-chan sent
		for i := range 5 {
			outcomes = append(outcomes, w.send(background, fmt.Sprint(i)))
			time.Sleep(time.Second)
		}
		for i, outcome := range outcomes {
			if got := <-outcome; got.took != 30*time.Second {
				t.Errorf("request %d took %v", i, got.took)
			}
		}
	})
}

func TestATimeoutOfTheCallsOwnCountsInsteadOfTheRelays(t *testing.T) {
	inBubble(t, func(w *world) {
		w.ready()
		timeouts := []time.Duration{0, 90 * time.Second, time.Second, 0, 40 * time.Second, 5 * time.Second, time.Hour, -1,
			time.Second, 30 * time.Second}
		var calls sync.WaitGroup
		for i, timeout := range slices.Concat(timeouts, timeouts, timeouts) {
			want := timeout
			if timeout <= 0 {
				want = 30 * time.Second
			}
			calls.Go(func() {
				begun := time.Now()
				_, err := w.relay.Send(background, wire.NewSend("c1", fmt.Sprint(i)), actors.WithTimeout(timeout))
				if took := time.Since(begun); !errors.Is(err, actors.ErrTimeout) || took != want {
					t.Errorf("a timeout of %v: %v after %v", timeout, err, took)
				}
			})
			time.Sleep(100 * time.Millisecond)
		}
		calls.Wait()
		if s := w.relay.Status(); s.Pending != 0 || s.Counters.Resolved != s.Counters.Requests {
			t.Errorf("%d are pending, %d of %d resolved", s.Pending, s.Counters.Resolved, s.Counters.Requests)
		}
	})
}

func TestRequestsWithTimeoutsOfTheirOwnSettleWithTheirConnection(t *testing.T) {
	inBubble(t, func(w *world) {
		conn := w.ready()
		ctx, cancel := context.WithTimeout(background, time.Minute)
		defer cancel()
		answered := w.relay.Start(wire.NewSend("c1", "x"), actors.WithTimeout(time.Hour))
		_ = conn.Answer(conn.Expect(wire.KindOutbound), wire.ParseResult([]byte(`{"success":true}`)))
		cut := w.relay.Start(wire.NewSend("c1", "y"), actors.WithTimeout(time.Hour), actors.Via("discord"))
		if out, _ := wire.DecodeOutbound(conn.Expect(wire.KindOutbound)); out.Platform != "discord" {
			t.Errorf("platform is %q", out.Platform)
		}
		if _, err := answered.Wait(background); err != nil {
			t.Error(err)
		}
		if _, err := cut.Wait(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("its context has ended: %v", err)
		}
		lost := w.relay.Start(wire.NewSend("c1", "z"), actors.WithTimeout(time.Hour))
		conn.Expect(wire.KindOutbound)
		conn.Drop()
		if result, err := lost.Wait(background); !errors.Is(err, actors.ErrConnectionLost) || !result.Ambiguous {
			t.Errorf("got %+v, %v", result, err)
		}
	})
}

func TestPendingRequestsSettleAtOnceWhenTheConnectionDrops(t *testing.T) {
	for name, end := range map[string]func(interface {
		Drop()
		CloseWith(int, string) error
	}){
		"drop": func(c interface {
			Drop()
			CloseWith(int, string) error
		}) {
			c.Drop()
		},
		"close": func(c interface {
			Drop()
			CloseWith(int, string) error
		}) {
			_ = c.CloseWith(1011, "oops")
		},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(w *world) {
				conn := w.ready()
				outcome := w.send(background, "x")
				conn.Expect(wire.KindOutbound)
				time.Sleep(time.Second)
				end(conn)
				got := <-outcome
				got.want(t, actors.ErrConnectionLost, "relay transport connection lost", true)
				if settled := got.took - time.Second; settled > 5*time.Millisecond {
					t.Errorf("settled after %v", settled)
				}
			})
		})
	}
}

func TestARequestWhoseFrameWasNotWrittenIsSafeToSendAgain(t *testing.T) {
	inBubble(t, func(w *world) {
		conn := w.ready()
		conn.StallReads()
		first := w.send(background, strings.Repeat("x", 256<<10)) // blocks in the socket
		synctest.Wait()
		second := w.send(background, "y") // waits behind it
		synctest.Wait()
		conn.Drop()
		for _, got := range []sent{<-first, <-second} { // a frame without its end was never a frame
			if !errors.Is(got.err, actors.ErrSendFailed) || got.result.Ambiguous || !strings.HasPrefix(got.result.Error, "relay send failed: ") {
				t.Errorf("got %+v, %v", got.result, got.err)
			}
		}
	})
}

func TestAWriteThatBlocksTooLongEndsTheLink(t *testing.T) {
	inBubble(t, func(w *world) {
		conn := w.ready()
		conn.StallReads()
		outcome := w.send(background, strings.Repeat("x", 256<<10))
		synctest.Wait()
		time.Sleep(10*time.Second + time.Millisecond)
		got := <-outcome
		if !errors.Is(got.err, actors.ErrSendFailed) || got.result.Ambiguous {
			t.Errorf("got %+v, %v", got.result, got.err)
		}
		if s := w.relay.Status(); !strings.Contains(s.LastError, "write") {
			t.Errorf("last error is %q", s.LastError)
		}
	})
}

func TestACancelledContextEndsItsRequestAtOnceAndLeavesNoTrace(t *testing.T) {
	inBubble(t, func(w *world) {
		conn := w.ready()
		ctx, cancel := context.WithCancel(background)
		outcome := w.send(ctx, "x")
		line := conn.Expect(wire.KindOutbound)
		cancel()
		got := <-outcome
		if !errors.Is(got.err, context.Canceled) || !got.result.Ambiguous || got.took != 0 {
			t.Errorf("got %+v, %v after %v", got.result, got.err, got.took)
		}
		synctest.Wait()
		if s := w.relay.Status(); s.Pending != 0 {
			t.Errorf("pending is %d", s.Pending)
		}
		_ = conn.Answer(line, wire.ParseResult([]byte(`{"success":true}`)))
		synctest.Wait()
		if s := w.relay.Status(); s.Counters.LateResults != 1 || s.Counters.Requests != s.Counters.Resolved {
			t.Errorf("counters are %+v", s.Counters)
		}
	})
}

func TestAContextThatIsOverAlreadySendsNothing(t *testing.T) {
	inBubble(t, func(w *world) {
		conn := w.ready()
		cancelled, cancel := context.WithCancel(background)
		cancel()
		expired, cancel := context.WithTimeout(background, -1)
		defer cancel()
		for _, c := range []struct {
			ctx  context.Context
			want error
		}{{cancelled, context.Canceled}, {expired, context.DeadlineExceeded}} {
			(<-w.send(c.ctx, "x")).want(t, c.want, c.want.Error(), false)
			if err := w.relay.Interrupt(c.ctx, "k", nil); !errors.Is(err, c.want) {
				t.Errorf("interrupt: %v", err)
			}
		}
		synctest.Wait()
		if frames := conn.Received(); len(frames) != 1 {
			t.Errorf("sent %q after the hello", frames[1:])
		}
		if s := w.relay.Status(); s.Counters.Requests != 0 {
			t.Errorf("%d requests were begun", s.Counters.Requests)
		}
	})
}

func TestAnOutcomeThatIsThereCountsThoughTheContextIsOver(t *testing.T) {
	inBubble(t, func(w *world) {
		conn := w.ready()
		ctx, cancel := context.WithCancel(background)
		cancel()
		for range 20 { // a choice between the two would be made at random
			call := w.relay.Start(wire.NewSend("c1", "x"))
			_ = conn.Answer(conn.Expect(wire.KindOutbound), wire.ParseResult([]byte(`{"success":true}`)))
			synctest.Wait()
			if result, err := call.Wait(ctx); err != nil || !result.Success {
				t.Fatalf("got %+v, %v", result, err)
			}
		}
		late := w.relay.Start(wire.NewSend("c1", "x"))
		if result, err := late.Wait(ctx); !errors.Is(err, context.Canceled) || !result.Ambiguous {
			t.Errorf("without an outcome: %+v, %v", result, err)
		}
	})
}

func TestALateResultNeverReachesANewerGeneration(t *testing.T) {
	inBubble(t, func(w *world) {
		first := w.ready()
		old := w.send(background, "old")
		line := first.Expect(wire.KindOutbound)
		first.Drop()
		(<-old).want(t, actors.ErrConnectionLost, "relay transport connection lost", true)
		second := w.ready()
		fresh := w.send(background, "new")
		next := second.Expect(wire.KindOutbound)
		_ = second.Answer(line, wire.ParseResult([]byte(`{"success":true,"message_id":"stale"}`)))
		_ = second.Answer(next, wire.ParseResult([]byte(`{"success":true,"message_id":"fresh"}`)))
		if got := <-fresh; got.result.MessageID != "fresh" {
			t.Errorf("got %+v", got.result)
		}
		synctest.Wait()
		if s := w.relay.Status(); s.Counters.LateResults != 1 {
			t.Errorf("late results: %d", s.Counters.LateResults)
		}
	})
}

func TestARepeatedResultIsCountedAndIgnored(t *testing.T) {
	inBubble(t, func(w *world) {
		conn := w.ready()
		outcome := w.send(background, "x")
		line := conn.Expect(wire.KindOutbound)
		for i := range 3 {
			_ = conn.Answer(line, wire.ParseResult(fmt.Appendf(nil, `{"success":true,"message_id":"m%d"}`, i)))
		}
		if got := <-outcome; got.result.MessageID != "m0" {
			t.Errorf("got %+v", got.result)
		}
		synctest.Wait()
		if s := w.relay.Status(); s.Counters.LateResults != 2 {
			t.Errorf("late results: %d", s.Counters.LateResults)
		}
	})
}

func TestTooManyRequestsAreRefusedAsBusy(t *testing.T) {
	inBubble(t, func(w *world) {
		w.ready()
		for i := range 3 {
			w.send(background, fmt.Sprint(i))
		}
		synctest.Wait()
		(<-w.send(background, "x")).want(t, actors.ErrBusy, "relay busy: too many requests in flight", false)
	}, func(c *actors.Config) { c.MaxPending = 3 })
}

func TestTooManyRequestBytesAreRefusedAsBusy(t *testing.T) {
	inBubble(t, func(w *world) {
		w.ready()
		w.send(background, strings.Repeat("x", 9000))
		synctest.Wait()
		(<-w.send(background, strings.Repeat("x", 2000))).want(t, actors.ErrBusy, "relay busy: too many bytes in flight", false)
	}, func(c *actors.Config) { c.MaxPendingBytes = 10_000 })
}

func TestAnActionThatIsEmptyBrokenOrTooLargeIsRefusedWithoutTouchingTheLink(t *testing.T) {
	inBubble(t, func(w *world) {
		w.ready()
		for name, action := range map[string]wire.Action{"empty": {}, "unencodable": wire.NewSend("c", "x").With("f",
			make(chan int)), "large": wire.NewSend("c", strings.Repeat("x", 1<<20))} {
			_, err := w.relay.Send(background, action)
			if !errors.Is(err, actors.ErrSendFailed) {
				t.Errorf("%s: %v", name, err)
			}
		}
		w.wantState("ready")
	})
}

func TestAPlatformTagNamesTheBotOnlyWhenItIsOneOfOurs(t *testing.T) {
	inBubble(t, func(w *world) {
		conn := w.srv.Accept()
		for range 4 {
			conn.Expect(wire.KindHello)
		}
		_ = conn.Send(wire.AppendDescriptor(nil, wiretestDescriptor))
		w.shaken()
		for _, via := range []string{"", "telegram", "slack", "matrix", "zulip", "Zulip"} {
			want := wire.Outbound{Platform: via, BotID: map[string]string{"telegram": "b2", "zulip": "b4", "Zulip": "b4"}[via]}
			if via == "zulip" {
				want.Platform = "Zulip" // as the hello spelt it
			}
			go func() {
				var opts []actors.SendOption
				if via != "" {
					opts = append(opts, actors.Via(via))
				}
				_, _ = w.relay.Send(background, wire.NewSend("c", "x"), opts...)
			}()
			line := conn.Expect(wire.KindOutbound)
			got, _ := wire.DecodeOutbound(line)
			if got.Platform != want.Platform || got.BotID != want.BotID {
				t.Errorf("frame is %s", line)
			}
			if want.Platform == "" && strings.Contains(string(line), "platform") {
				t.Errorf("untagged frame is %s", line)
			}
			_ = conn.Answer(line, wire.ParseResult([]byte(`{"success":true}`)))
		}
	}, func(c *actors.Config) {
		c.Identities = []wire.Identity{{Platform: "discord", BotID: "b1"}, {Platform: "telegram", BotID: "b2"}, {Platform: "slack"},
			{Platform: "Zulip", BotID: "b4"}}
	})
}

func TestChatInfoFillsInWhatTheConnectorDoesNotSay(t *testing.T) {
	inBubble(t, func(w *world) {
		conn := w.ready()
		for _, c := range []struct{ result, name, kind string }{
			{`{"success":true,"chat_info":{"name":"N","type":"group"}}`, "N", "group"},
			{`{"success":true,"name":"flat"}`, "flat", "dm"},
			{`{"success":false,"error":"no"}`, "c9", "dm"},
		} {
			info := make(chan wire.ChatInfo, 1)
			go func() {
				i, err := w.relay.ChatInfo(background, "c9")
				if err != nil {
					t.Errorf("error: %v", err)
				}
				info <- i
			}()
			_ = conn.Answer(conn.Expect(wire.KindOutbound), wire.ParseResult([]byte(c.result)))
			if got := <-info; got.Name != c.name || got.Type != c.kind {
				t.Errorf("%s gave %+v", c.result, got)
			}
		}
	})
}

func TestInterruptsAreSentAndNeedAConnection(t *testing.T) {
	inBubble(t, func(w *world) {
		conn := w.ready()
		reason := "stop it"
		for _, r := range []*string{nil, &reason} {
			if err := w.relay.Interrupt(background, "k", r); err != nil {
				t.Fatal(err)
			}
		}
		if got := string(conn.Expect(wire.KindInterrupt)); got != `{"type":"interrupt","session_key":"k","reason":null}` {
			t.Errorf("frame is %s", got)
		}
		if got := string(conn.Expect(wire.KindInterrupt)); !strings.Contains(got, `"reason":"stop it"`) {
			t.Errorf("frame is %s", got)
		}
		conn.Drop()
		w.wantState("backoff")
		if err := w.relay.Interrupt(background, "k", nil); !errors.Is(err, actors.ErrNotConnected) {
			t.Errorf("error is %v", err)
		}
	})
}
