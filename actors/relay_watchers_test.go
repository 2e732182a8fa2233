package actors

import (
	"slices"
	"testing"

	"hermod/messages"
)

// someone watches a status under a name.
type someone string

func (someone) StatusChanged(messages.Status) {}
func (someone) WatchEnded()                   {}

func TestWatchersAreToldInTheOrderInWhichTheyCame(t *testing.T) {
	var w watchers
	for _, name := range []someone{"a", "b", "c", "d"} {
		w.add(name)
	}
	if !w.remove(someone("c")) || !w.remove(someone("a")) || w.remove(someone("c")) {
		t.Error("one that was there was not removed, or one that was not there was")
	}
	w.add(someone("a"))
	if got := slices.Collect(w.all()); !slices.Equal(got, []messages.Watcher{someone("b"), someone("d"), someone("a")}) {
		t.Errorf("in this order: %v", got)
	}
	for w := range w.all() {
		if w != someone("b") {
			t.Error("it went on after the loop had ended")
		}
		break
	}
}
