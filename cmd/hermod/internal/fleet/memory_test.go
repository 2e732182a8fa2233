package fleet_test

import (
	"maps"
	"sync"
	"testing"

	"hermod/actors"
	"hermod/cmd/hermod/internal/fleet"
)

// memory is a fleet's Memory that a test may look into.
type memory struct {
	mu       sync.Mutex
	disabled map[string]bool
}

func newMemory() *memory { return &memory{disabled: make(map[string]bool)} }

func (m *memory) Disabled(bot string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.disabled[bot]
}

func (m *memory) SetDisabled(bot string, disabled bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if disabled {
		m.disabled[bot] = true
	} else {
		delete(m.disabled, bot)
	}
}

func (m *memory) want(t *testing.T, bots ...string) {
	t.Helper()
	m.mu.Lock()
	defer m.mu.Unlock()
	want := make(map[string]bool)
	for _, bot := range bots {
		want[bot] = true
	}
	if !maps.Equal(m.disabled, want) {
		t.Errorf("remembers %v, want %v", m.disabled, want)
	}
}

func TestWhatAnOperatorDisabledStaysSoInTheNextFleet(t *testing.T) {
	kept := newMemory()
	remember := func(o *fleet.Options) { o.Memory = kept }
	inBubble(t, remember, func(w *world) {
		w.apply(bot("a"), bot("b"), bot("c"))
		w.bot("a").Disable()
		w.bot("b").Disable()
		w.bot("b").Enable()
		w.want("a", actors.Disabled, "disabled")
		w.want("b", actors.Ready, "connected")
		kept.want(t, "a")
	})
	kept.want(t, "a") // the end of the fleet enables nobody
	inBubble(t, remember, func(w *world) {
		w.apply(bot("a"), bot("b"), bot("c"))
		if status := w.want("a", actors.Disabled, "disabled"); status.Cause != fleet.ByOperator || status.Starts != 0 {
			t.Errorf("status is %+v", status)
		}
		w.want("b", actors.Ready, "connected")
		w.bot("a").Reconnect()
		w.want("a", actors.Disabled, "disabled")
		w.bot("a").Enable()
		w.want("a", actors.Ready, "connected")
		kept.want(t)
	})
}

func TestWhatAnOperatorDisabledStaysSoOverReloads(t *testing.T) {
	kept := newMemory()
	inBubble(t, func(o *fleet.Options) { o.Memory = kept }, func(w *world) {
		w.apply(bot("a"))
		w.bot("a").Disable()
		w.apply(bot("a", changed))
		w.want("a", actors.Disabled, "disabled")
		w.apply() // a file that was gone for a moment
		w.apply(bot("a"))
		w.want("a", actors.Disabled, "disabled")
		kept.want(t, "a")
		w.apply(bot("a", off))
		if status := w.want("a", actors.Disabled, "disabled"); status.Cause != fleet.ByConfig {
			t.Errorf("status is %+v", status)
		}
		kept.want(t)
		w.apply(bot("a"))
		w.want("a", actors.Ready, "connected")
	})
}

func TestABotWhoseActorCrashedStaysDisabled(t *testing.T) {
	kept := newMemory()
	inBubble(t, func(o *fleet.Options) { o.Memory = kept }, func(w *world) {
		w.apply(bot("a"))
		a := w.bot("a")
		a.Disable()
		w.want("a", actors.Disabled, "disabled")
		a.StopActor()
		<-a.Done()
		w.want("a", actors.Disabled, "disabled")
	})
}
