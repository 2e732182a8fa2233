package fleet_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"hermod/actors"
	"hermod/cmd/hermod/internal/fleet"
	"hermod/wire"
	"hermod/wire/wiretest"
)

func TestADisabledBotStaysSoUntilItIsEnabled(t *testing.T) {
	inBubble(t, nil, func(w *world) {
		w.apply(bot("a"))
		a := w.bot("a")
		a.Disable()
		if status := w.want("a", actors.Disabled, "disabled"); status.Cause != fleet.ByOperator {
			t.Errorf("status is %+v", status)
		}
		if _, running := a.Relay(); running || w.srv.Open() != 0 {
			t.Error("still connected")
		}
		a.Reconnect()
		w.want("a", actors.Disabled, "disabled")
		w.apply(bot("a", changed))
		w.want("a", actors.Disabled, "disabled")
		a.Enable()
		if status := w.want("a", actors.Ready, "connected"); status.Cause != "" || status.Hint != "" {
			t.Errorf("status is %+v", status)
		}
	})
}

func TestABotOfAnEnabledFalseIsKnownAndDoesNotRun(t *testing.T) {
	inBubble(t, nil, func(w *world) {
		w.apply(bot("a", off))
		if status := w.want("a", actors.Disabled, "disabled"); status.Cause != fleet.ByConfig || w.srv.Dials() != 0 {
			t.Errorf("status is %+v", status)
		}
		w.apply(bot("a"))
		w.want("a", actors.Ready, "connected")
		w.apply(bot("a", off))
		w.want("a", actors.Disabled, "disabled")
	})
}

func TestARevokedBotSaysSoAndReconnectStartsItAnew(t *testing.T) {
	inBubble(t, nil, func(w *world) {
		w.apply(bot("a"))
		if err := revoke(w.conn("a")); err != nil {
			t.Fatal(err)
		}
		if status := w.want("a", actors.Disabled, "disabled"); status.Cause != fleet.Revoked || status.CloseCode != 4401 {
			t.Errorf("status is %+v", status)
		}
		w.bot("a").Reconnect()
		if status := w.want("a", actors.Ready, "connected"); status.Cause != "" || status.Starts != 2 {
			t.Errorf("status is %+v", status)
		}
	})
}

func TestReconnectEndsAWaitInPlace(t *testing.T) {
	inBubble(t, nil, func(w *world) {
		w.srv.RefuseDial(errRefused)
		w.apply(bot("a"))
		w.want("a", actors.Backoff, "retrying")
		w.srv.AcceptDials()
		w.bot("a").Reconnect()
		if status := w.want("a", actors.Ready, "connected"); status.Starts != 1 || status.Generation != 2 {
			t.Errorf("status is %+v", status)
		}
	})
}

func TestReconnectReplacesAConnection(t *testing.T) {
	inBubble(t, nil, func(w *world) {
		w.apply(bot("a"))
		old := w.conn("a")
		w.bot("a").Reconnect()
		if status := w.want("a", actors.Ready, "connected"); status.Starts != 2 || w.conn("a") == old || w.srv.MaxOpen() != 1 {
			t.Errorf("status is %+v, %d connections at once", status, w.srv.MaxOpen())
		}
	})
}

func TestASleepLastsUntilSomebodyWakesTheBot(t *testing.T) {
	inBubble(t, nil, func(w *world) {
		w.apply(bot("a"))
		asleep, err := w.bot("a").Sleep(background)
		if !asleep || err != nil {
			t.Fatalf("asleep %v, %v", asleep, err)
		}
		time.Sleep(time.Hour)
		if status := w.want("a", actors.Dormant, "connected"); !status.Asleep || w.srv.Dials() != 1 {
			t.Errorf("status is %+v after %d dials", status, w.srv.Dials())
		}
		w.bot("a").Wake()
		if status := w.want("a", actors.Ready, "connected"); status.Asleep || status.Starts != 1 {
			t.Errorf("status is %+v", status)
		}
		time.Sleep(time.Hour)
		w.want("a", actors.Ready, "connected")
	})
}

func TestWhoeverIsToldThatABotSleepsFindsItAsleep(t *testing.T) {
	inBubble(t, nil, func(w *world) {
		w.apply(bot("a"))
		for range 100 {
			if asleep, err := w.bot("a").Sleep(background); !asleep || err != nil {
				t.Fatalf("asleep %v, %v", asleep, err)
			}
			if status := w.bot("a").Status(); status.State != actors.Dormant || !status.Asleep {
				t.Fatalf("status is %+v", status)
			}
			w.bot("a").Wake()
			if status := w.bot("a").Status(); status.Asleep {
				t.Fatalf("status is %+v", status)
			}
			w.want("a", actors.Ready, "connected")
		}
	})
}

func TestASecondSleepLeavesTheBotAsleep(t *testing.T) {
	inBubble(t, nil, func(w *world) {
		w.apply(bot("a"))
		for range 3 {
			if asleep, err := w.bot("a").Sleep(background); !asleep || err != nil {
				t.Fatalf("asleep %v, %v", asleep, err)
			}
			time.Sleep(10 * time.Minute)
			if status := w.want("a", actors.Dormant, "connected"); !status.Asleep || w.srv.Dials() != 1 {
				t.Errorf("status is %+v after %d dials", status, w.srv.Dials())
			}
		}
	})
}

func TestSleepsAtTheSameTimeShareTheirAnswer(t *testing.T) {
	inBubble(t, nil, func(w *world) {
		w.apply(bot("a"))
		answers := make(chan bool, 8)
		for range cap(answers) {
			go func() {
				asleep, err := w.bot("a").Sleep(background)
				answers <- asleep && err == nil
			}()
		}
		for range cap(answers) {
			if !<-answers {
				t.Error("not asleep")
			}
		}
		w.want("a", actors.Dormant, "connected")
	})
}

func TestAWakeShowsAtOnceThoughTheOldConnectionLingers(t *testing.T) {
	inBubble(t, nil, func(w *world) {
		w.srv.Handle(func(c *wiretest.Conn) {
			c.Handshake()
			c.Expect(wire.KindGoingIdle)
			_ = c.Send(wire.AppendGoingIdleAck(nil))
			c.StallReads() // it never answers the close
		})
		w.apply(bot("a"))
		if asleep, err := w.bot("a").Sleep(background); !asleep || err != nil {
			t.Fatalf("asleep %v, %v", asleep, err)
		}
		w.bot("a").Wake()
		if status := w.want("a", actors.Dormant, "connected"); status.Asleep {
			t.Errorf("status is %+v", status)
		}
		w.srv.Handle(wiretest.Serve)
		time.Sleep(2 * time.Second)
		w.want("a", actors.Ready, "connected")
	})
}

func TestAWakeEndsASleepThatHasNotBegun(t *testing.T) {
	inBubble(t, nil, func(w *world) {
		confirm := make(chan struct{})
		w.srv.Handle(func(c *wiretest.Conn) {
			c.Handshake()
			c.Expect(wire.KindGoingIdle)
			<-confirm
			_ = c.Send(wire.AppendGoingIdleAck(nil))
		})
		w.apply(bot("a"))
		answer := make(chan bool, 1)
		go func() {
			asleep, _ := w.bot("a").Sleep(background)
			answer <- asleep
		}()
		synctest.Wait()
		w.bot("a").Wake()
		w.srv.Handle(wiretest.Serve)
		close(confirm)
		if <-answer {
			t.Error("asleep although it was woken")
		}
		time.Sleep(10 * time.Millisecond)
		if status := w.want("a", actors.Ready, "connected"); status.Held || status.Generation != 2 {
			t.Errorf("status is %+v", status)
		}
	})
}

func TestASleepWithoutAnAnswerEndsWithItsCallersContextOrTheBot(t *testing.T) {
	inBubble(t, nil, func(w *world) {
		w.srv.Handle(func(c *wiretest.Conn) { c.Handshake() })
		w.apply(bot("a"))
		ctx, cancel := context.WithTimeout(background, time.Second)
		defer cancel()
		if _, err := w.bot("a").Sleep(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error is %v", err)
		}
		answer := make(chan error, 1)
		a := w.bot("a")
		go func() {
			_, err := a.Sleep(background)
			answer <- err
		}()
		synctest.Wait()
		w.apply()
		if err := <-answer; err != nil {
			t.Errorf("error is %v", err)
		}
	})
}

func TestABotThatTheConnectorDoesNotLetSleepStaysConnected(t *testing.T) {
	inBubble(t, nil, func(w *world) {
		w.srv.Handle(func(c *wiretest.Conn) { c.Handshake() })
		w.apply(bot("a"))
		asleep, err := w.bot("a").Sleep(background)
		if asleep || err != nil {
			t.Errorf("asleep %v, %v", asleep, err)
		}
		if status := w.want("a", actors.Ready, "connected"); status.Held || status.Asleep {
			t.Errorf("status is %+v", status)
		}
	})
}

func TestABotThatDoesNotRunCannotSleep(t *testing.T) {
	inBubble(t, nil, func(w *world) {
		w.apply(bot("a", off))
		if _, err := w.bot("a").Sleep(background); !errors.Is(err, fleet.ErrNotRunning) {
			t.Errorf("error is %v", err)
		}
	})
}

func TestWatchTellsOfEveryBotAndThenOfTransitions(t *testing.T) {
	inBubble(t, nil, func(w *world) {
		w.apply(bot("a"), bot("b", off))
		ctx, cancel := context.WithCancel(background)
		events := w.fleet.Watch(ctx)
		if a, b := <-events, <-events; a.Bot != "a" || a.Status.State != actors.Ready || b.Bot != "b" ||
			b.Status.Cause != fleet.ByConfig {
			t.Errorf("events are %+v, %+v", a, b)
		}
		w.apply(bot("b", off))
		for e := range events {
			if e.Removed {
				if e.Bot != "a" {
					t.Errorf("%s was removed", e.Bot)
				}
				break
			}
		}
		cancel()
		if e, open := <-events; open {
			t.Errorf("event %+v after the end", e)
		}
	})
}

func TestAWatcherThatLagsFindsTheNewestOfEachBot(t *testing.T) {
	inBubble(t, nil, func(w *world) {
		w.apply(bot("a"), bot("b"))
		events := w.fleet.Watch(background)
		<-events // one batch of both is under way now
		for range 50 {
			w.bot("a").Disable()
			w.bot("a").Enable()
			synctest.Wait()
		}
		w.bot("a").Disable()
		synctest.Wait()
		var last fleet.Event
		count := 0
		for synctest.Wait(); ; synctest.Wait() {
			select {
			case last = <-events:
				count++
				continue
			default:
			}
			break
		}
		if last.Bot != "a" || last.Status.State != actors.Disabled || count > 3 {
			t.Errorf("after %d events the last is %+v", count, last)
		}
	})
}
