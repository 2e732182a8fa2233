package actors_test

import (
	"strings"
	"testing"
	"testing/synctest"

	"hermod/actors"
	"hermod/wire"
)

func TestEveryDialShowsItsEpochAndNoneIsShownWithoutOne(t *testing.T) {
	for shown, epoch := range map[string]int64{"": 0, "4711": 4711} {
		inBubble(t, func(w *world) {
			for range 2 {
				conn := w.srv.Accept()
				if got := conn.Request().Header.Get(wire.EpochHeader); got != shown {
					t.Errorf("epoch %d is shown as %q", epoch, got)
				}
				conn.Expect(wire.KindHello)
				conn.Drop()
			}
		}, func(c *actors.Config) { c.Epoch = epoch })
	}
}

func TestANegativeEpochIsRefused(t *testing.T) {
	engine, err := actors.New(actors.EngineConfig{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = engine.Close(t.Context()) }()
	if _, err := engine.Spawn("a", actors.Config{URL: "ws://c", Epoch: -1}); err == nil || !strings.Contains(err.Error(), "Epoch") {
		t.Errorf("error is %v", err)
	}
}

func TestConnectionsThatEndInFavourOfAnotherSessionAreCounted(t *testing.T) {
	inBubble(t, func(w *world) {
		for _, end := range []wire.CloseError{{Code: wire.ClosePolicy, Reason: "duplicate session"},
			{Code: wire.CloseReplaced}, {Code: wire.CloseNormal, Reason: "replaced"},
			{Code: wire.CloseNormal, Reason: "bye"}, {Code: wire.CloseTryLater}, {Code: wire.CloseUnauthorized, Reason: "expired"}} {
			_ = w.ready().CloseWith(end.Code, end.Reason)
			synctest.Wait()
		}
		if n := w.relay.Status().Counters.Displaced; n != 3 {
			t.Errorf("%d are counted, want 3", n)
		}
	})
}
