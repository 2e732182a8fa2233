package deliver

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hermod/cmd/hermod/internal/fleet"
)

// withNeglect runs a test with a stream whose health is told, in virtual time. offer has a delivery wait.
func withNeglect(t *testing.T, test func(s *Stream, offer func(id string), told func() []fleet.Health)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := newStream()
		time.Sleep(time.Hour) // nobody reads, and nothing waits
		var all []fleet.Health
		ctx, cancel := context.WithCancel(background)
		stop := s.watch("support", func(h fleet.Health) { all = append(all, h) })
		test(s, func(id string) {
			go func() { _ = s.offer(ctx, id, []byte("{}\n")) }()
			synctest.Wait()
		}, func() []fleet.Health {
			synctest.Wait()
			s.mu.Lock()
			defer s.mu.Unlock()
			return all
		})
		stop()
		cancel()
		time.Sleep(time.Hour)
	})
}

func TestAStreamThatNobodyReadsWhileEventsWaitSaysSo(t *testing.T) {
	withNeglect(t, func(s *Stream, offer func(string), told func() []fleet.Health) {
		began := time.Now()
		offer("evt_1")
		time.Sleep(neglectAfter - time.Nanosecond)
		if h := s.health(); len(told()) != 0 || h != (fleet.Health{Oldest: began}) {
			t.Errorf("too early it says %+v, told %v", h, told())
		}
		time.Sleep(time.Nanosecond)
		h := s.health()
		if h.State != fleet.Unread || h.Since != began || h.Oldest != began || h.Err == "" ||
			!strings.Contains(h.Hint, "/v1/bots/support/events") || len(told()) != 1 || told()[0] != h {
			t.Errorf("health is %+v; told %v", h, told())
		}
		offer("evt_2")
		time.Sleep(time.Hour)
		r, err := s.Read("")
		must(t, err)
		if len(told()) != 2 || told()[1] != (fleet.Health{Oldest: began}) || s.health().State != "" {
			t.Errorf("with a reader, told are %v", told())
		}
		time.Sleep(time.Hour)
		r.Close()
		left := time.Now()
		time.Sleep(neglectAfter)
		if len(told()) != 3 || told()[2].Since != left || told()[2].Oldest != began {
			t.Errorf("after the reader has left, told are %v", told())
		}
		s.Acknowledge([]string{"evt_1", "evt_2"})
		if len(told()) != 4 || told()[3] != (fleet.Health{}) {
			t.Errorf("when nothing waits any more, told are %v", told())
		}
	})
}

func TestAReaderThatComesNowAndThenIsNotMissed(t *testing.T) {
	withNeglect(t, func(s *Stream, offer func(string), told func() []fleet.Health) {
		offer("evt_1")
		for range 100 {
			time.Sleep(neglectAfter - 1)
			r, err := s.Read("")
			must(t, err)
			r.Close()
		}
		if len(told()) != 0 {
			t.Errorf("told are %v", told())
		}
	})
}

func TestAStreamSaysNothingAboutInterruptsThatNobodyReads(t *testing.T) {
	withNeglect(t, func(s *Stream, offer func(string), told func() []fleet.Health) {
		s.tell("int_1", []byte("{}\n"))
		time.Sleep(time.Hour)
		if len(told()) != 0 || s.health() != (fleet.Health{}) {
			t.Errorf("told are %v", told())
		}
	})
}
