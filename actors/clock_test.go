package actors_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hermod/actors"
	"hermod/wire"
	"hermod/wire/wiretest"
)

// withSkew is inBubble with a connector whose clock is ahead from the first dial on.
func withSkew(t *testing.T, skew time.Duration, prepare func(*wiretest.Server), body func(w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := &world{t: t, srv: wiretest.New(t), gate: &gateway{}}
		w.srv.SetSkew(skew)
		prepare(w.srv)
		w.start()
		body(w)
		w.close()
	})
}

func TestTheClocksAreComparedByEachAnswerToAnUpgrade(t *testing.T) {
	withSkew(t, 6*time.Minute, (*wiretest.Server).AcceptDials, func(w *world) {
		conn := w.srv.Accept()
		conn.Handshake()
		w.shaken()
		if s := w.wantState(actors.Ready); (s.Skew - 6*time.Minute).Abs() > time.Second {
			t.Errorf("the connector's clock is %v ahead", s.Skew)
		}
		w.srv.SetSkew(-time.Hour)
		w.srv.RejectUpgrade(503)
		conn.Drop()
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if s := w.relay.Status(); (s.Skew + time.Hour).Abs() > time.Second {
			t.Errorf("after a refusal it is %v ahead", s.Skew)
		}
		w.srv.RefuseDial(nil)
		time.Sleep(5 * time.Second)
		if s := w.relay.Status(); s.Skew > -59*time.Minute {
			t.Errorf("a dial without an answer made it %v", s.Skew)
		}
	})
}

// A Date has whole seconds, so the clocks are known to half a second. A close frame right behind the answer must find
// them compared.
func TestATokenThatCountsAsExpiredIsBlamedOnTheClocks(t *testing.T) {
	for skew, want := range map[time.Duration]string{
		0:               "compare the clocks",
		6 * time.Minute: "because the connector's clock is 6m0s ahead of this machine's",
		-7 * time.Hour:  "the connector's clock is 6h59m59s behind this machine's",
	} {
		withSkew(t, skew, (*wiretest.Server).AcceptDials, func(w *world) {
			_ = w.srv.Accept().CloseWith(wire.CloseUnauthorized, "expired")
			synctest.Wait()
			s := w.wantState(actors.Backoff)
			if !strings.Contains(s.Hint, want) || strings.Contains(s.Hint, "secret") {
				t.Errorf("skew %v: the hint is %q", skew, s.Hint)
			}
		})
	}
}

func TestARefusedCredentialIsDoubtedWhileTheClocksDiffer(t *testing.T) {
	for skew, want := range map[time.Duration]bool{10 * time.Second: false, 10 * time.Minute: true} {
		withSkew(t, skew, func(srv *wiretest.Server) { srv.RejectUpgrade(401) }, func(w *world) {
			synctest.Wait()
			hint := w.relay.Status().Hint
			if strings.Contains(hint, "NTP") != want || !strings.Contains(hint, "check the gateway id and secret") {
				t.Errorf("skew %v: the hint is %q", skew, hint)
			}
		})
	}
}
