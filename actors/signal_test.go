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
