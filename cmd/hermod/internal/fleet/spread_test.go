package fleet_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"hermod/actors"
	"hermod/cmd/hermod/internal/config"
	"hermod/cmd/hermod/internal/fleet"
)

func TestTheFirstDialsAreSpreadEvenly(t *testing.T) {
	const bots, over = 30, time.Minute
	inBubble(t, nil, func(w *world) {
		cfg := &config.Config{Start: config.Start{Spread: config.Duration{Duration: over}}}
		for i := range bots {
			cfg.Bots = append(cfg.Bots, bot(fmt.Sprintf("bot-%02d", i)))
		}
		off := bot("off")
		off.Enabled = false
		cfg.Bots = append(cfg.Bots, off)
		_, err := w.fleet.Apply(cfg)
		if err != nil {
			t.Fatal(err)
		}
		for connected := 1; connected <= bots; connected++ {
			synctest.Wait()
			ready, waiting := 0, 0
			for _, b := range w.fleet.Bots() {
				switch s := b.Status(); {
				case s.State == actors.Ready:
					ready++
				case s.State == fleet.Starting && !s.NextDial.IsZero():
					waiting++
				}
			}
			if ready != connected || waiting != bots-connected {
				t.Fatalf("after %v %d bots are connected and %d wait", time.Duration(connected-1)*over/bots, ready, waiting)
			}
			time.Sleep(over / bots)
		}
	})
}

func TestABotThatWaitsForItsTurnStartsWhenSomebodyWantsIt(t *testing.T) {
	inBubble(t, nil, func(w *world) {
		cfg := &config.Config{Start: config.Start{Spread: config.Duration{Duration: time.Hour}}}
		for i := range 20 {
			cfg.Bots = append(cfg.Bots, bot(fmt.Sprintf("bot-%02d", i)))
		}
		if _, err := w.fleet.Apply(cfg); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		var waiting []*fleet.Bot
		for _, b := range w.fleet.Bots() {
			if b.Status().State == fleet.Starting {
				waiting = append(waiting, b)
			}
		}
		waiting[0].Reconnect()
		waiting[1].Disable()
		synctest.Wait()
		if s := waiting[0].Status(); s.State != actors.Ready || s.Starts != 1 {
			t.Errorf("the one that was reconnected is %+v", s)
		}
		time.Sleep(time.Hour)
		synctest.Wait()
		if s := waiting[1].Status(); s.State != actors.Disabled || s.Starts != 0 {
			t.Errorf("the one that was disabled is %+v", s)
		}
		if s := waiting[0].Status(); s.Starts != 1 {
			t.Errorf("the one that was reconnected started %d times", s.Starts)
		}
		cfg.Bots = cfg.Bots[:5]
		if _, err := w.fleet.Apply(cfg); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		time.Sleep(time.Minute)
		if left := len(w.fleet.Bots()); left != 5 {
			t.Errorf("%d bots are left", left)
		}
	})
}
