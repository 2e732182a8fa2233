package supervisor_test

import (
	"math"
	"testing"
	"time"

	"hermod/supervisor"
)

func TestRungDoublesFromBaseUpToMax(t *testing.T) {
	usual := supervisor.Backoff{Base: time.Second, Max: 30 * time.Second}
	for _, tt := range []struct {
		name   string
		ladder supervisor.Backoff
		n      int
		want   time.Duration
	}{
		{"first", usual, 1, time.Second},
		{"second", usual, 2, 2 * time.Second},
		{"third", usual, 3, 4 * time.Second},
		{"fifth", usual, 5, 16 * time.Second},
		{"sixth is cut at max", usual, 6, 30 * time.Second},
		{"far up", usual, 1000, 30 * time.Second},
		{"highest number", usual, math.MaxInt, 30 * time.Second},
		{"below the first", usual, 0, time.Second},
		{"negative number", usual, math.MinInt, time.Second},
		{"base over max", supervisor.Backoff{Base: time.Minute, Max: time.Second}, 1, time.Second},
		{"base is max", supervisor.Backoff{Base: time.Second, Max: time.Second}, 9, time.Second},
		{"longest possible max", supervisor.Backoff{Base: time.Second, Max: math.MaxInt64}, 40, math.MaxInt64},
		{"max that doubling would jump over", supervisor.Backoff{Base: 1, Max: 1<<62 + 1}, 64, 1<<62 + 1},
		{"zero value", supervisor.Backoff{}, 7, 0},
		{"no base", supervisor.Backoff{Max: time.Second}, math.MaxInt, 0},
		{"negative base", supervisor.Backoff{Base: -time.Second, Max: time.Second}, math.MaxInt, 0},
		{"negative max", supervisor.Backoff{Base: time.Second, Max: -time.Second}, 3, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.ladder.Rung(tt.n); got != tt.want {
				t.Errorf("Rung(%d) = %v, want %v", tt.n, got, tt.want)
			}
		})
	}
}

func TestDelayIsDrawnFromTheUpperHalfOfTheRung(t *testing.T) {
	ladder := supervisor.Backoff{Base: time.Second, Max: 30 * time.Second}
	for _, tt := range []struct {
		name string
		n    int
		draw float64
		want time.Duration
	}{
		{"lowest draw", 1, 0, 500 * time.Millisecond},
		{"middle", 1, 0.5, 750 * time.Millisecond},
		{"middle of the third rung", 3, 0.5, 3 * time.Second},
		{"lowest draw at the top", 99, 0, 15 * time.Second},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := ladder.Delay(tt.n, tt.draw); got != tt.want {
				t.Errorf("Delay(%d, %v) = %v, want %v", tt.n, tt.draw, got, tt.want)
			}
		})
	}
}

func FuzzDelayStaysWithinItsRung(f *testing.F) {
	f.Add(int64(time.Second), int64(30*time.Second), 1, 0.5)
	f.Add(int64(1), int64(math.MaxInt64), math.MaxInt, math.Nextafter(1, 0))
	f.Add(int64(1<<60+200), int64(math.MaxInt64), 1, math.Nextafter(1, 0))
	f.Add(int64(-1), int64(-1), -1, 0.0)
	f.Add(int64(0), int64(1), math.MaxInt, 0.0)
	f.Fuzz(func(t *testing.T, base, highest int64, n int, draw float64) {
		if !(draw >= 0 && draw < 1) {
			draw = 0
		}
		ladder := supervisor.Backoff{Base: time.Duration(base), Max: time.Duration(highest)}
		rung, delay := ladder.Rung(n), ladder.Delay(n, draw)
		if rung < 0 || rung > max(0, ladder.Max) {
			t.Fatalf("Rung(%d) = %d, outside [0, %d]", n, rung, ladder.Max)
		}
		if delay < rung/2 || delay > rung {
			t.Fatalf("Delay(%d, %v) = %d, outside [%d, %d]", n, draw, delay, rung/2, rung)
		}
		if n < math.MaxInt && ladder.Rung(n+1) < rung {
			t.Fatalf("Rung(%d) = %d, lower than the rung before it, %d", n+1, ladder.Rung(n+1), rung)
		}
	})
}
