package observe_test

import (
	"io"
	"testing"

	"hermod/cmd/hermod/internal/store"
)

func TestWhatIsKeptIsMeasured(t *testing.T) {
	inBubble(t, io.Discard, func(w *world) {
		w.kept = store.Figures{Letters: 3, Bytes: 4096, Kept: 10, Replayed: 4, Discarded: 2, Dropped: 1, WriteErrors: 5}
		got := samples(t, w.scrape())
		for series, want := range map[string]float64{
			"hermod_dead_letters": 3, "hermod_dead_letter_bytes": 4096, "hermod_state_write_errors_total": 5,
			`hermod_dead_letters_total{outcome="kept"}`: 10, `hermod_dead_letters_total{outcome="replayed"}`: 4,
			`hermod_dead_letters_total{outcome="discarded"}`: 2, `hermod_dead_letters_total{outcome="dropped"}`: 1,
		} {
			if got[series] != want {
				t.Errorf("%s is %v, want %v", series, got[series], want)
			}
		}
	})
}
