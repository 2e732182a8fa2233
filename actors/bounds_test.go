package actors_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hermod/actors"
	"hermod/wire"
	"hermod/wire/wiretest"
)

var success = wire.ParseResult([]byte(`{"success":true}`))

// stuckUntil has the gateway's handlers wait.
func (w *world) stuckUntil(release <-chan struct{}) {
	w.gate.onInbound = func(ctx context.Context, _ *actors.Inbound) error {
		select {
		case <-release:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// untilTheEnd is a handler that returns when its relay ends.
func untilTheEnd(ctx context.Context, _ *actors.Inbound) error {
	<-ctx.Done()
	return ctx.Err()
}

func TestResultsThatNobodyWaitsForFillNoMailbox(t *testing.T) {
	const results = 600_000
	result := `{"type":"outbound_result","requestId":"` + strings.Repeat("0", 32) + `","result":{"a":1}}`
	stray := bytes.Repeat([]byte(result+"\n"), results)
	for _, waiting := range []bool{false, true} {
		t.Run(fmt.Sprintf("a request waits: %v", waiting), func(t *testing.T) {
			inBubble(t, func(w *world) {
				conn := w.ready()
				var outcome <-chan sent
				var request []byte
				if waiting {
					outcome = w.send(context.Background(), "hi")
					request = conn.Expect(wire.KindOutbound)
				}
				before := heap()
				_ = conn.SendMessage(stray)
				if held := heap() - before; held > 3<<20 {
					t.Errorf("%d results hold %d KiB", results, held>>10)
				}
				if waiting {
					_ = conn.Answer(request, success)
					if got := <-outcome; !got.result.Success {
						t.Errorf("got %+v", got)
					}
				}
				synctest.Wait()
				if s := w.relay.Status(); s.Counters.LateResults != results {
					t.Errorf("%d late results", s.Counters.LateResults)
				}
			})
		})
	}
}

func TestAFullQueueDoesNotKeepARelayFromItsNextDescriptor(t *testing.T) {
	ping := func(conn *wiretest.Conn) { _ = conn.Ping() }
	second := func(conn *wiretest.Conn) {
		_ = conn.SendInbound(event("c1", "early", "before the descriptor"), "early")
	}
	for name, first := range map[string]func(*wiretest.Conn){"a ping": ping, "a delivery": second} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(w *world) {
				release := make(chan struct{})
				w.stuckUntil(release)
				conn := w.ready()
				for i := range 8 { // more than is read on for
					go func() { _ = conn.SendInbound(event("c1", fmt.Sprint("m", i), "x"), fmt.Sprint("b", i)) }()
					synctest.Wait()
				}
				conn.Drop()
				next := w.srv.Accept()
				synctest.Wait() // what comes now does not come with the upgrade's answer
				first(next)
				synctest.Wait()
				next.Handshake()
				w.shaken()
				if s := w.wantState(actors.Ready); s.Generation != 2 {
					t.Errorf("generation %d", s.Generation)
				}
				close(release)
				synctest.Wait()
			}, func(c *actors.Config) { c.MaxQueued = 3 })
		})
	}
}

func TestHandlersThatWaitForTheSessionGetItThoughTheQueueIsFull(t *testing.T) {
	inBubble(t, func(w *world) {
		w.gate.onInbound = func(ctx context.Context, d *actors.Inbound) error {
			if d.Generation == 1 {
				w.srvDropped(ctx)
				_, err := d.Relay.Handshake(ctx)
				return err
			}
			return nil
		}
		conn := w.ready()
		for i := range 4 {
			_ = conn.SendInbound(event("c1", fmt.Sprint("m", i), "x"), fmt.Sprint("b", i))
		}
		synctest.Wait()
		conn.Drop()
		next := w.srv.Accept()
		synctest.Wait()
		_ = next.Ping()
		synctest.Wait()
		next.Handshake()
		synctest.Wait()
		if s := w.wantState(actors.Ready); s.Generation != 2 || s.Counters.Handled == 0 {
			t.Errorf("generation %d, %d handled", s.Generation, s.Counters.Handled)
		}
	}, func(c *actors.Config) { c.MaxQueued = 2 })
}

// srvDropped waits until the first connection is lost.
func (w *world) srvDropped(ctx context.Context) {
	for w.relay.Status().State == actors.Ready && ctx.Err() == nil {
		time.Sleep(10 * time.Millisecond)
	}
}

func TestDeliveriesWithoutEndBeforeTheDescriptorFailTheHandshake(t *testing.T) {
	inBubble(t, func(w *world) {
		conn := w.srv.Accept()
		for i := range 60 {
			if conn.SendInbound(event("c1", fmt.Sprint("m", i), strings.Repeat("x", 100<<10)), "") != nil {
				break
			}
			synctest.Wait()
		}
		s := w.wantState(actors.Backoff)
		if !strings.Contains(s.LastError, "before the descriptor") || !strings.Contains(s.LastError, "MaxQueued") {
			t.Errorf("last error is %q", s.LastError)
		}
		if handled := len(w.gate.got()); handled != 0 {
			t.Errorf("%d handled", handled)
		}
	}, func(c *actors.Config) {
		c.MaxQueuedBytes, c.MaxFrame = 1<<20, 1<<20
		c.Handlers.Inbound = untilTheEnd
	})
}

func TestWhatLiesBehindAFullQueueIsSeen(t *testing.T) {
	inBubble(t, func(w *world) {
		release := make(chan struct{})
		w.stuckUntil(release)
		conn := w.ready()
		outcome := w.send(context.Background(), "hi")
		request := conn.Expect(wire.KindOutbound)
		for i := range 5 { // the bound
			_ = conn.SendInbound(event("c1", fmt.Sprint("m", i), "x"), fmt.Sprint("b", i))
		}
		_ = conn.Answer(request, success)
		_ = conn.Send(wire.AppendInterruptInbound(nil, wire.InterruptInbound{SessionKey: "s", ChatID: "c1"}))
		_ = conn.Ping()
		if got := <-outcome; !got.result.Success {
			t.Errorf("got %+v", got)
		}
		synctest.Wait()
		if len(w.gate.interrupts) != 1 || !conn.AwaitPong(1) {
			t.Errorf("%d interrupts, %d pongs", len(w.gate.interrupts), conn.Pongs())
		}
		_ = conn.CloseWith(wire.CloseUnauthorized, "revoked")
		conn.AwaitEnd()
		w.wantState(actors.Disabled)
		close(release)
	}, func(c *actors.Config) { c.MaxQueued = 5 })
}

func TestTheStatusSaysSinceWhenAFullRelayDoesNotRead(t *testing.T) {
	inBubble(t, func(w *world) {
		release := make(chan struct{})
		w.stuckUntil(release)
		conn := w.ready()
		begun := time.Now()
		for i := range 9 {
			go func() { _ = conn.SendInbound(event("c1", fmt.Sprint("m", i), "x"), "") }()
			synctest.Wait()
		}
		time.Sleep(time.Hour)
		if s := w.wantState(actors.Ready); !s.Paused.Equal(begun) || s.Generation != 1 {
			t.Errorf("paused since %v, generation %d", s.Paused, s.Generation)
		}
		close(release)
		if s := w.wantState(actors.Ready); !s.Paused.IsZero() || len(w.gate.got()) != 9 {
			t.Errorf("paused since %v, handled %d", s.Paused, len(w.gate.got()))
		}
	}, func(c *actors.Config) { c.MaxQueued = 3 })
}

func TestDescriptorsOfPlatformsThatTheRelayDoesNotFrontAreIgnored(t *testing.T) {
	const platforms = 5000
	inBubble(t, func(w *world) {
		conn := w.srv.Accept()
		conn.Handshake(wiretest.Descriptor("discord"), wiretest.Descriptor("telegram"))
		w.shaken()
		synctest.Wait()
		watch := w.relay.Watch(background)
		before := heap()
		for i := range platforms {
			_ = conn.Send(wire.AppendDescriptor(nil, wiretest.Descriptor(fmt.Sprint("p", i, strings.Repeat("x", 1000)))))
		}
		synctest.Wait()
		if held := heap() - before; held > 1<<20 {
			t.Errorf("%d descriptors hold %d KiB", platforms, held>>10)
		}
		if s := w.relay.Status(); s.Counters.Ignored != platforms || len(watch) != 1 {
			t.Errorf("%d ignored, %d changes", s.Counters.Ignored, len(watch)-1)
		}
		if w.relay.Descriptor("telegram") == nil || w.relay.Descriptor("discord") == nil || w.relay.Descriptor("p1") != nil {
			t.Error("wrong descriptors are kept")
		}
	}, func(c *actors.Config) {
		c.Identities = []wire.Identity{{Platform: "discord", BotID: "b1"}, {Platform: "telegram", BotID: "b2"}}
	})
}

func TestADescriptorWithoutMeasureFailsTheHandshake(t *testing.T) {
	inBubble(t, func(w *world) {
		conn := w.srv.Accept()
		huge := wiretest.Descriptor("discord")
		huge.PlatformHint = strings.Repeat("x", 1<<20)
		_ = conn.Send(wire.AppendDescriptor(nil, huge))
		if s := w.wantState(actors.Backoff); !strings.Contains(s.LastError, "the limit is 262144") {
			t.Errorf("last error is %q", s.LastError)
		}
	})
}

func TestInterruptsAreBoundedInBytes(t *testing.T) {
	const sent, long = 64, 1 << 20
	inBubble(t, func(w *world) {
		release := make(chan struct{})
		w.gate.onInterrupt = func(context.Context, wire.InterruptInbound) { <-release }
		conn := w.ready()
		before := heap()
		for i := range sent {
			key := fmt.Sprint(i, strings.Repeat("s", long/2))
			_ = conn.Send(wire.AppendInterruptInbound(nil, wire.InterruptInbound{SessionKey: key}))
		}
		_ = conn.Send(wire.AppendInterruptInbound(nil, wire.InterruptInbound{SessionKey: "short"}))
		synctest.Wait()
		if held := heap() - before; held > 6<<20 {
			t.Errorf("hold %d KiB", held>>10)
		}
		close(release)
		synctest.Wait()
		if s := w.relay.Status(); s.Counters.Interrupts != 2 || s.Counters.InterruptsDropped != sent-1 {
			t.Errorf("%d interrupts, %d dropped", s.Counters.Interrupts, s.Counters.InterruptsDropped)
		}
	})
}

func TestTheRelaysOfAnEngineShareABoundOfQueuedBytes(t *testing.T) {
	const bound, long = 1 << 20, 32 << 10
	inBubble(t, func(w *world) {
		release := make(chan struct{})
		w.stuckUntil(release)
		w.restart(actors.EngineConfig{MaxQueuedBytes: bound})
		const relays = 8
		conns := make([]*wiretest.Conn, relays)
		handles := make([]*actors.Relay, relays)
		for i := range relays {
			w.relay = w.spawn(fmt.Sprint("bot", i))
			conns[i], handles[i] = w.ready(), w.relay
		}
		held := func() (sum int) {
			for _, r := range handles {
				sum += r.Status().QueuedBytes
			}
			return sum
		}
		for i, conn := range conns {
			go func() {
				for n := range 40 {
					_ = conn.SendInbound(event("c1", fmt.Sprint("m", n), strings.Repeat("x", long)), "")
				}
			}()
			synctest.Wait()
			if i == 0 && handles[0].Status().Paused.IsZero() {
				t.Error("the first relay took more than the engine's bound alone")
			}
		}
		if sum := held(); sum < bound || sum > bound+relays*(3*64<<10) || sum != w.engine.Status().QueuedBytes {
			t.Errorf("%d KiB held, the engine says %+v", sum>>10, w.engine.Status())
		}
		for i, r := range handles[1:] {
			if r.Status().Queued == 0 {
				t.Errorf("relay %d got nothing", i+1)
			}
		}
		if err := handles[0].Close(background); err != nil { // gives back what it held
			t.Error(err)
		}
		close(release)
		time.Sleep(time.Second)
		synctest.Wait()
		if sum := held(); sum != 0 {
			t.Errorf("%d bytes are still counted", sum)
		}
		if got := len(w.gate.got()); got < 40*(relays-1) {
			t.Errorf("handled %d", got)
		}
	})
}

func TestARelayThatEndsWithAFullQueueGivesItsShareBack(t *testing.T) {
	const bound = 1 << 20
	inBubble(t, func(w *world) {
		w.gate.onInbound = untilTheEnd
		w.restart(actors.EngineConfig{MaxQueuedBytes: bound})
		for i := range 20 { // each would leave something behind
			w.relay = w.spawn(fmt.Sprint("bot", i))
			conn := w.ready()
			go func() {
				for n := range 40 {
					_ = conn.SendInbound(event("c1", fmt.Sprint("m", n), strings.Repeat("x", 32<<10)), "")
				}
			}()
			synctest.Wait()
			if s := w.relay.Status(); s.QueuedBytes < bound {
				t.Fatalf("relay %d was let have %d bytes", i, s.QueuedBytes)
			}
			ctx, cancel := context.WithTimeout(background, time.Second)
			_ = w.relay.Close(ctx)
			cancel()
		}
	})
}

func TestTheRelaysOfAnEngineShareABoundOfPendingBytes(t *testing.T) {
	inBubble(t, func(w *world) {
		w.restart(actors.EngineConfig{MaxPendingBytes: 100 << 10})
		w.relay = w.spawn("a")
		first := w.ready()
		a := w.send(background, strings.Repeat("x", 60<<10))
		request := first.Expect(wire.KindOutbound)
		w.relay = w.spawn("b")
		second := w.ready()
		_, err := w.relay.Send(background, wire.NewSend("c1", strings.Repeat("x", 60<<10)))
		if !errors.Is(err, actors.ErrBusy) || !strings.Contains(err.Error(), "engine") {
			t.Errorf("got %v", err)
		}
		_ = first.Answer(request, success)
		<-a
		b := w.send(background, strings.Repeat("x", 60<<10))
		_ = second.Answer(second.Expect(wire.KindOutbound), success)
		if got := <-b; got.err != nil {
			t.Errorf("got %v", got.err)
		}
	})
}

// restart gives the world another engine, without a relay.
func (w *world) restart(cfg actors.EngineConfig) {
	w.t.Helper()
	if err := w.engine.Close(background); err != nil {
		w.t.Fatal(err)
	}
	w.srv.Close()
	w.srv = wiretest.New(w.t)
	var err error
	if w.engine, err = actors.New(cfg); err != nil {
		w.t.Fatal(err)
	}
}

func TestConnectionsThatFailBeforeTheirDescriptorPileNothingUp(t *testing.T) {
	const bound, line, rounds = 1 << 20, 100 << 10, 8
	inBubble(t, func(w *world) {
		release := make(chan struct{})
		w.stuckUntil(release)
		fill := func(conn *wiretest.Conn, round int) {
			for i := range 40 {
				if conn.SendInbound(event("c1", fmt.Sprint("m", round, "-", i), strings.Repeat("x", line)), "") != nil {
					return
				}
			}
		}
		conn := w.ready()
		go fill(conn, 0)
		synctest.Wait()
		conn.Drop()
		for round := range rounds {
			conn = w.srv.Accept()
			fill(conn, 1+round)
			conn.AwaitEnd()
			synctest.Wait()
			if held := w.relay.Status().QueuedBytes; held > 3*bound {
				t.Fatalf("%d KiB are held after %d failed handshakes", held>>10, 1+round)
			}
		}
		w.ready()
		close(release)
		synctest.Wait()
		if s := w.wantState(actors.Ready); s.Queued != 0 || s.QueuedBytes != 0 {
			t.Errorf("%d deliveries of %d bytes queued", s.Queued, s.QueuedBytes)
		}
	}, func(c *actors.Config) { c.MaxFrame, c.MaxQueuedBytes = 1<<20, bound })
}
