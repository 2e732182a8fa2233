//go:build cluster

package cluster_test

import (
	"sync/atomic"
	"testing"
	"time"

	"hermod/cluster"
)

// metered is a host of which two bots are busy once the test says so.
type metered struct {
	*host
	busy *atomic.Pointer[[]string]
	asks atomic.Uint64
}

// Messages implements cluster.Meter.
func (m *metered) Messages() map[string]uint64 {
	asked := m.asks.Add(1)
	m.mu.Lock()
	defer m.mu.Unlock()
	messages := make(map[string]uint64)
	for bot := range m.running {
		messages[bot] = 0
	}
	for _, bot := range *m.busy.Load() {
		if _, here := messages[bot]; here {
			messages[bot] = asked * 1_000_000
		}
	}
	return messages
}

func TestTwoBusyBotsOfOneNodePartByThemselves(t *testing.T) {
	w := newWorld(t, 8)
	busy := new(atomic.Pointer[[]string])
	busy.Store(new([]string))
	adjust := func(m *cluster.Config) { m.Host = &metered{host: m.Host.(*host), busy: busy} }
	a := w.joinAs("a", adjust)
	b := w.joinAs("b", adjust)
	w.await(map[string]int{"a": 4, "b": 4})
	var two []string
	a.host.mu.Lock()
	for bot := range a.host.running {
		if len(two) < 2 {
			two = append(two, bot)
		}
	}
	a.host.mu.Unlock()
	busy.Store(&two)
	heavy := false
	parted := func() bool {
		v, err := w.store.Read(w.ctx)
		if err != nil {
			t.Fatal(err)
		}
		weights := v.Weights()
		both := weights[two[0]] > 1 && weights[two[1]] > 1
		if heavy = heavy || both; heavy && !both {
			t.Errorf("on its way a bot lost its weight: %v", weights)
		}
		of := [2]string{v.Claims[two[0]].Node, v.Claims[two[1]].Node}
		return of == [2]string{"a", "b"} || of == [2]string{"b", "a"}
	}
	for !parted() {
		select {
		case <-time.After(20 * time.Millisecond):
		case <-w.ctx.Done():
			t.Fatal("both stay where they are")
		}
	}
	if v := b.View(); len(v.Weights()) == 0 {
		t.Errorf("nobody says that they are busy: %+v", v.Loads)
	}
}
