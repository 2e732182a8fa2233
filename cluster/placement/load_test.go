package placement_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"hermod/cluster/placement"
)

// sampled gives a bot traffic, a few messages a second for a while, sampled every ten seconds.
type sampled struct {
	*placement.Load
	now      time.Duration
	messages float64
	changes  int
}

func (s *sampled) run(rate func() float64, d time.Duration) {
	for end := s.now + d; s.now < end; {
		s.now += 10 * time.Second
		s.messages += 10 * rate()
		before := s.Weight()
		s.Sample(s.now, uint64(s.messages))
		if s.Weight() != before {
			s.changes++
		}
	}
}

func constant(rate float64) func() float64 { return func() float64 { return rate } }

func TestABotWeighsWhatItsTrafficSays(t *testing.T) {
	for rate, want := range map[float64]int{0: 1, 0.2: 1, 1: 2, 3: 4, 10: 16, 100: 128, 1e6: placement.MaxWeight} {
		s := &sampled{Load: new(placement.Load), now: time.Second}
		s.run(constant(rate), time.Hour)
		if s.Weight() != want && s.Weight() != want/2 { // on its way up it stops earlier
			t.Errorf("with %v messages a second it weighs %d, want %d", rate, s.Weight(), want)
		}
		if s.run(constant(0), time.Hour); s.Weight() != 1 {
			t.Errorf("after %v messages a second, and an hour of rest, it weighs %d", rate, s.Weight())
		}
	}
}

func TestTrafficThatWavesDoesNotChangeAWeight(t *testing.T) {
	for seed := range uint64(50) {
		random := rand.New(rand.NewPCG(seed, 2))
		s := &sampled{Load: new(placement.Load), now: time.Second}
		rate := 20 * random.Float64()
		s.run(constant(rate), time.Hour)
		s.changes = 0
		s.run(func() float64 { return rate * (0.5 + random.Float64()) }, 6*time.Hour)
		if s.changes > 1 {
			t.Errorf("seed %d: with %.1f messages a second, half as much or as many again, it changed %d times", seed, rate, s.changes)
		}
	}
}

func TestABotThatComesFromAnotherNodeWeighsWhatItWeighedThere(t *testing.T) {
	s := &sampled{Load: placement.NewLoad(16), now: time.Second}
	s.run(constant(14), time.Minute)
	if s.Weight() != 16 || s.changes != 0 {
		t.Errorf("it weighs %d after %d changes", s.Weight(), s.changes)
	}
	s.messages = 0 // its relay began anew
	s.run(constant(14), time.Hour)
	if s.Weight() != 16 || s.changes != 0 {
		t.Errorf("after a restart it weighs %d after %d changes", s.Weight(), s.changes)
	}
}
