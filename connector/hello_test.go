package connector_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/gobwas/ws"

	"hermod/connector"
)

func TestASessionThatDoesNotSayHelloEndsAfterAMinuteHoweverWellItAnswersPings(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := start(t, connector.Config{Listener: listenInMemory()})
		silent, begun := dial(t, c, ""), time.Now()
		_ = silent.conn.SetDeadline(time.Now().Add(time.Hour))
		for {
			f, err := silent.next()
			if err != nil {
				t.Fatal(err)
			}
			if f.Header.OpCode == ws.OpClose {
				break
			}
			silent.frame(ws.OpPong, true, f.Payload)
		}
		if took := time.Since(begun); took != time.Minute {
			t.Errorf("it ended after %v", took)
		}
	})
}
