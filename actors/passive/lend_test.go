package passive

import (
	"testing"
	"testing/synctest"
)

func TestALentMessageIsReceivedByItsSenderWhetherTheActorIsActiveOrNot(t *testing.T) {
	s := newSleepyhead()
	for i := range 3 { // passive each time
		s.Lend(i)
		if len(s.got) != i+1 { // by this goroutine alone, as the race detector sees
			t.Fatalf("%d messages were received, want %d", len(s.got), i+1)
		}
	}
	s.LendHold()
	s.Lend(3)
	if len(s.got) != 4 {
		t.Errorf("an active actor has received %v", s.got)
	}
	s.LendRelease()
	if s.PID() != nil {
		t.Error("nobody holds it any more, and whoever let it go did not let it rest")
	}
}

// LendHold holds it as it comes to be active on this goroutine.
func (s *sleepyhead) LendHold() {
	s.stopped = true // stays awake
	s.Lend(-1)
	s.got = s.got[:len(s.got)-1]
	s.Hold()
	s.stopped = false
}

func TestALenderIsNotKeptByWhatOthersSend(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSleepyhead()
		s.stopped = true
		s.Lend(0)
		s.stopped = false
		s.Hold()
		const many = 1000
		lent := make(chan struct{})
		s.more = func(m int) {
			if m == 2*lentFor {
				<-lent // for ever if the lender received this
			}
			if m < many {
				s.Tell(m + 1) // so there is always one more
			}
		}
		s.Lend(1)
		close(lent)
		s.Release()
		synctest.Wait()
		if got := len(s.got); got != many+1 {
			t.Errorf("%d messages were received in all", got)
		}
	})
}
