package passive

import (
	"sync"
	"testing"
)

func TestASignalReachesWhoeverWaitsForIt(t *testing.T) {
	for range 2000 {
		var s Signal
		var waiting sync.WaitGroup
		for range 3 {
			waiting.Go(func() { <-s.Channel() })
		}
		s.Give()
		waiting.Wait()
		s.Give()
		<-s.Channel()
		if !s.IsGiven() {
			t.Fatal("it is not given")
		}
	}
}

func TestASignalThatIsNotGivenIsOneOpenChannel(t *testing.T) {
	var s Signal
	first, second := s.Channel(), s.Channel()
	if s.IsGiven() || first != second {
		t.Error("it is given, or several")
	}
	select {
	case <-s.Channel():
		t.Error("it is closed")
	default:
	}
}

func TestASignalKeepsItsChannelOnlyWhileSomebodyWaits(t *testing.T) {
	var s Signal
	first, second := s.Join(), s.Join()
	if first != second {
		t.Error("two who wait have a channel each")
	}
	s.Leave(first)
	s.Leave(second)
	if s.waited.Load() != nil {
		t.Error("nobody waits, and the channel is kept")
	}
	kept := s.Channel()
	s.Leave(s.Join())
	s.Give()
	<-kept
	<-s.Join().C
}

func TestNobodyWhoJoinsASignalMissesIt(t *testing.T) {
	for range 200 {
		var s Signal
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				for range 20 {
					s.Leave(s.Join())
				}
				<-s.Join().C
			})
		}
		wg.Go(s.Give)
		wg.Wait()
	}
}
