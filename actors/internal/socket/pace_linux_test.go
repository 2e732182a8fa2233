package socket

import (
	"testing"
	"time"
)

// wakes gives a pace wakes that come so long after each other, and says after which it rests.
func wakes(p *pace, now *time.Time, waited bool, gaps ...time.Duration) (rests []bool) {
	for _, gap := range gaps {
		*now = now.Add(gap)
		p.wake(*now, waited)
		rests = append(rests, p.resting())
	}
	return rests
}

func repeated(gap time.Duration, times int) (gaps []time.Duration) {
	for range times {
		gaps = append(gaps, gap)
	}
	return gaps
}

func count(rests []bool) (n int) {
	for _, rest := range rests {
		if rest {
			n++
		}
	}
	return n
}

func TestALeaderThatIsWokenNowAndThenNeverRests(t *testing.T) {
	now := time.Now()
	if n := count(wakes(new(pace), &now, true, repeated(atOnce, 1000)...)); n > 0 {
		t.Errorf("it rests after %d of 1000 wakes", n)
	}
}

func TestFewWakesAtOnceMakeNoLeaderRest(t *testing.T) {
	now := time.Now()
	p := new(pace)
	for range 100 {
		burst := append([]time.Duration{time.Millisecond}, repeated(time.Microsecond, streakOfWakes-1)...)
		if n := count(wakes(p, &now, true, burst...)); n > 0 {
			t.Fatal("it rests")
		}
	}
}

func TestALeaderRestsWhileEachRestBringsSomething(t *testing.T) {
	now := time.Now()
	p := new(pace)
	if n := count(wakes(p, &now, true, repeated(time.Microsecond, streakOfWakes+1)...)); n != 1 {
		t.Errorf("it rests after %d of %d wakes", n, streakOfWakes+1)
	}
	if n := count(wakes(p, &now, false, repeated(2*moment, 1000)...)); n != 1000 {
		t.Errorf("it rests after %d of 1000 wakes", n)
	}
	if n := count(wakes(p, &now, true, 2*moment)); n != 0 {
		t.Error("it rests on when nothing had come")
	}
	if n := count(wakes(p, &now, true, repeated(2*moment, 1000)...)); n != 0 {
		t.Errorf("it rests after %d of 1000 wakes that it waited for", n)
	}
}
