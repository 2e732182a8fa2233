package actors_test

import (
	"fmt"
	"testing"
	"testing/synctest"

	"hermod/actors"
)

func TestTheStatusCountsActorsAsTheyComeAndGo(t *testing.T) {
	inBubble(t, func(w *world) {
		w.ready()
		synctest.Wait()
		alone := w.engine.Status().Actors
		var more []*actors.Relay
		for i := range 10 {
			more = append(more, w.dialing(fmt.Sprint("more-", i), "ws://gone.test", hang))
		}
		synctest.Wait()
		if got := w.engine.Status().Actors; got < alone+10 {
			t.Errorf("%d actors with ten relays that dial, and %d before", got, alone)
		}
		for _, relay := range more {
			if err := relay.Close(background); err != nil {
				t.Fatal(err)
			}
		}
		synctest.Wait()
		if got := w.engine.Status().Actors; got != alone {
			t.Errorf("%d actors when they have gone, want %d", got, alone)
		}
	})
}
