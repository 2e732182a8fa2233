package fleet_test

import (
	"testing"
	"time"

	"hermod/cmd/hermod/internal/config"
	"hermod/wire"
	"hermod/wire/wiretest"
)

// ofCluster is a bot that a node of a cluster runs.
func ofCluster(b *config.Bot) { b.Epoch = 7 }

// wentIdle says whether a connection's gateway asked the connector to buffer.
func wentIdle(c *wiretest.Conn) bool {
	for _, line := range c.Received() {
		if kind, err := wire.Classify(line); err == nil && kind == wire.KindGoingIdle {
			return true
		}
	}
	return false
}

func TestABotThatAnotherNodeIsToRunHasTheConnectorBufferBeforeItCloses(t *testing.T) {
	inBubble(t, nil, func(w *world) {
		w.apply(bot("moves", ofCluster), bot("ends"))
		moves, ends := w.conn("moves"), w.conn("ends")
		removed := w.bot("moves")
		begun := time.Now()
		w.apply()
		<-removed.Done()
		if took := time.Since(begun); took > 0 {
			t.Errorf("with a connector that confirms at once it took %v", took)
		}
		if !wentIdle(moves) || wentIdle(ends) {
			t.Errorf("went idle: %v of the one that moves, %v of the one that just ends", wentIdle(moves), wentIdle(ends))
		}
		if end := moves.ClientClose(); end == nil || end.Code != wire.CloseNormal {
			t.Errorf("it ended with %+v", end)
		}
	})
}

func TestAConnectorThatNeverConfirmsHoldsAMovingBotForASecond(t *testing.T) {
	inBubble(t, nil, func(w *world) {
		w.apply(bot("a", ofCluster))
		conn, removed := w.conn("a"), w.bot("a")
		conn.StallReads()
		begun := time.Now()
		w.apply()
		<-removed.Done()
		if took := time.Since(begun); took < time.Second || took > 4*time.Second {
			t.Errorf("it took %v", took)
		}
		conn.ResumeReads()
	})
}
