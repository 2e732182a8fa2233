package wire_test

import (
	"slices"
	"testing"

	"hermod/wire"
)

func TestAFloodIsLoggedAtPowersOfTwo(t *testing.T) {
	var logged []uint64
	for n := range uint64(20) {
		if wire.WorthLogging(n) {
			logged = append(logged, n)
		}
	}
	if want := []uint64{1, 2, 4, 8, 16}; !slices.Equal(logged, want) {
		t.Errorf("logged %v, want %v", logged, want)
	}
}
