package connector_test

import (
	"net/http"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"hermod/connector"
	"hermod/wire"
)

// dialAs opens a session of a machine with that epoch; 0 shows none.
func dialAs(t *testing.T, c *connector.Connector, epoch int64) *client {
	t.Helper()
	header := http.Header{}
	if epoch != 0 {
		header.Set(wire.EpochHeader, strconv.FormatInt(epoch, 10))
	}
	return dialWith(t, c, header)
}

func greetAs(t *testing.T, c *connector.Connector, epoch int64) *client {
	t.Helper()
	g := dialAs(t, c, epoch)
	g.hello("discord", "b1")
	return g
}

// inEpochs plays with a connector in virtual time.
func inEpochs(t *testing.T, play func(t *testing.T, c *connector.Connector)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { play(t, start(t, connector.Config{Listener: listenInMemory()})) })
}

func TestANewerEpochTakesThePlaceAtOnceThoughTheOlderOneLives(t *testing.T) {
	inEpochs(t, func(t *testing.T, c *connector.Connector) {
		old := greetAs(t, c, 7)
		waits := injectBuffered(t, c, "waits")
		if id := old.expectEvent("waits"); id != waits {
			t.Fatalf("bufferId %q, want %q", id, waits)
		}
		begun := time.Now()
		g := dialAs(t, c, 8)
		replaced := make(chan struct{})
		go func() {
			defer close(replaced)
			old.expectClose(wire.CloseReplaced, "replaced by a session of a higher epoch")
		}()
		g.hello("discord", "b1")
		if took := time.Since(begun); took > 0 {
			t.Errorf("it waited for %v", took)
		}
		if id := g.expectEvent("waits"); id != waits {
			t.Errorf("what the older one had not acknowledged comes as %q, want %q", id, waits)
		}
		<-replaced
	})
}

func TestAnOlderEpochIsRefusedAndTheNewerOneIsNotEvenAsked(t *testing.T) {
	inEpochs(t, func(t *testing.T, c *connector.Connector) {
		g := greetAs(t, c, 8) // it answers nothing: without epochs it would be replaced
		begun := time.Now()
		dialAs(t, c, 7).expectClose(wire.ClosePolicy, "another machine runs this gateway by now: its epoch is higher")
		if took := time.Since(begun); took > 0 {
			t.Errorf("the refusal took %v", took)
		}
		if id := injectBuffered(t, c, "goes on"); id != g.expectEvent("goes on") {
			t.Error("the newer session has lost its place")
		}
	})
}

func TestAnOlderEpochIsRefusedForAMinuteAfterTheNewerOneHasEnded(t *testing.T) {
	inEpochs(t, func(t *testing.T, c *connector.Connector) {
		greetAs(t, c, 8).leave()
		time.Sleep(59 * time.Second)
		dialAs(t, c, 7).expectClose(wire.ClosePolicy, "")
		time.Sleep(2 * time.Second)
		greetAs(t, c, 7).leave() // a cluster whose etcd was made anew begins with low epochs
		dialAs(t, c, 6).expectClose(wire.ClosePolicy, "")
	})
}

func TestSessionsOfOneEpochOrOfNoneAreJudgedByWhetherTheyAnswer(t *testing.T) {
	for name, epochs := range map[string][2]int64{"one epoch": {8, 8}, "none": {0, 0}, "none after one": {8, 0}, "one after none": {0, 8}} {
		t.Run(name, func(t *testing.T) {
			inEpochs(t, func(t *testing.T, c *connector.Connector) {
				old := greetAs(t, c, epochs[0])
				go func() { _, _ = old.next() }() // answers pings
				begun := time.Now()
				dialAs(t, c, epochs[1]).expectClose(wire.ClosePolicy, "duplicate session")
				if took := time.Since(begun); took == 0 {
					t.Error("the older session was not asked")
				}
			})
		})
	}
}
