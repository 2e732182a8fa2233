package fleet_test

import (
	"testing"
	"testing/synctest"

	"hermod/actors"
	"hermod/messages"
)

func TestABotAtRestIsNoActorAndDoesWhatItIsTold(t *testing.T) {
	inBubble(t, nil, func(w *world) {
		w.apply(bot("a"), bot("b", off))
		for _, name := range []string{"a", "b"} {
			if w.bot(name).Active() {
				t.Errorf("%s has nothing to do, and is an actor", name)
			}
		}
		w.want("a", actors.Ready, "connected")
		w.want("b", messages.Disabled, "disabled")
		w.conn("a").Drop()
		synctest.Wait()
		if !w.bot("a").Active() {
			t.Error("its relay waits for the next dial, whose end would not reach it")
		}
		w.bot("a").Wake()
		w.want("a", actors.Ready, "connected")
		if synctest.Wait(); w.bot("a").Active() {
			t.Error("it is connected again, and still an actor")
		}
		w.inject("a", "hello")
		if got := w.got("a"); len(got) != 1 {
			t.Errorf("delivered %v", got)
		}
		w.bot("b").Enable()
		w.want("b", actors.Ready, "connected")
	})
}
