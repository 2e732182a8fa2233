package fleet_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"hermod/cmd/hermod/internal/fleet"
)

// last is the newest deliverer.
func (w *world) last() *deliverer {
	w.t.Helper()
	synctest.Wait()
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.deliverers[len(w.deliverers)-1]
}

func TestTheStatusHasWhatTheDelivererReportsWhileTheBotIsConnected(t *testing.T) {
	inBubble(t, nil, func(w *world) {
		w.apply(bot("a"))
		health := fleet.Health{Err: "exit status 3", Hint: "repair it", Since: time.Now(), Restarts: 2, DroppedLines: 5}
		w.last().report(health)
		if got := w.status("a"); got.Delivery() != health || got.PlatformState != "connected" {
			t.Errorf("status is %+v", got)
		}
		ctx, cancel := context.WithCancel(background)
		defer cancel()
		event := <-w.fleet.Watch(ctx)
		if event.Status.Delivery() != health {
			t.Errorf("those who watch get %+v", event.Status.Delivery())
		}
		w.last().report(fleet.Health{Restarts: 2})
		if got := w.status("a").Delivery(); got != (fleet.Health{Restarts: 2}) {
			t.Errorf("once it works again, the delivery is %+v", got)
		}
	})
}

func TestADeliveryThatFailedBeforeARestartIsForgottenButItsCountsAreNot(t *testing.T) {
	inBubble(t, nil, func(w *world) {
		w.apply(bot("a"))
		first := w.last()
		first.report(fleet.Health{Err: "exit status 3", Since: time.Now(), Restarts: 2, DroppedLines: 5})
		w.bot("a").Disable()
		synctest.Wait()
		if got := w.status("a").Delivery(); got != (fleet.Health{Restarts: 2, DroppedLines: 5}) {
			t.Errorf("the delivery of a disabled bot is %+v", got)
		}
		w.bot("a").Enable()
		w.last().report(fleet.Health{Restarts: 1, DroppedLines: 1})
		first.report(fleet.Health{Err: "late", Restarts: 100})
		got := w.status("a")
		if totals := got.Totals(); totals.Restarts != 3 || totals.DroppedLines != 6 || got.Delivery().Err != "" {
			t.Errorf("totals are %+v, the delivery is %+v", totals, got.Delivery())
		}
	})
}

// What moves all the time is asked for; the counts stay those that the totals are made of.
func TestTheStatusAsksADelivererThatKnowsHowItIsAsLongAsItRuns(t *testing.T) {
	inBubble(t, nil, func(w *world) {
		now := fleet.Health{State: fleet.CircuitOpen, Err: "refused", Failures: 7, Oldest: time.Now(), Restarts: 99}
		w.onHealth = func() fleet.Health { return now }
		w.apply(bot("a"))
		w.last().report(fleet.Health{State: fleet.Failing, Restarts: 2})
		want := now
		want.Restarts = 2
		if got := w.status("a"); got.Delivery() != want || got.DeliveryState() != fleet.CircuitOpen || !got.Undelivered() {
			t.Errorf("status is %+v", got)
		}
		w.bot("a").Disable()
		got := w.status("a")
		if got.Delivery() != (fleet.Health{Restarts: 2}) || got.DeliveryState() != fleet.Idle || got.Undelivered() {
			t.Errorf("the status of a disabled bot is %+v", got)
		}
	})
}

func TestADeliveryOfWhichNothingIsKnownIsTakenForOneThatWorks(t *testing.T) {
	inBubble(t, nil, func(w *world) {
		w.apply(bot("a"))
		if got := w.status("a"); got.DeliveryState() != fleet.Delivering || got.Undelivered() {
			t.Errorf("state is %s", got.DeliveryState())
		}
	})
}

func (w *world) status(name string) fleet.Status {
	w.t.Helper()
	synctest.Wait()
	return w.bot(name).Status()
}
