package actors

import (
	"sync"
	"testing"
)

func TestASignalReachesWhoeverWaitsForIt(t *testing.T) {
	for range 2000 {
		var s signal
		var waiting sync.WaitGroup
		for range 3 {
			waiting.Go(func() { <-s.channel() })
		}
		s.give()
		waiting.Wait()
		s.give()
		<-s.channel()
		if !s.isGiven() {
			t.Fatal("it is not given")
		}
	}
}

func TestASignalThatIsNotGivenIsOneOpenChannel(t *testing.T) {
	var s signal
	first, second := s.channel(), s.channel()
	if s.isGiven() || first != second {
		t.Error("it is given, or several")
	}
	select {
	case <-s.channel():
		t.Error("it is closed")
	default:
	}
}

func TestASignalKeepsItsChannelOnlyWhileSomebodyWaits(t *testing.T) {
	var s signal
	first, second := s.join(), s.join()
	if first != second {
		t.Error("two who wait have a channel each")
	}
	s.leave(first)
	s.leave(second)
	if s.waited.Load() != nil {
		t.Error("nobody waits, and the channel is kept")
	}
	kept := s.channel()
	s.leave(s.join())
	s.give()
	<-kept
	<-s.join().ch
}

func TestNobodyWhoJoinsASignalMissesIt(t *testing.T) {
	for range 200 {
		var s signal
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				for range 20 {
					s.leave(s.join())
				}
				<-s.join().ch
			})
		}
		wg.Go(s.give)
		wg.Wait()
	}
}
