package wire_test

import (
	"testing"

	"hermod/wire"
)

func TestAnEpochIsReadAndOneThatMakesNoSenseIsNone(t *testing.T) {
	for shown, want := range map[string]int64{"": 0, "17": 17, " 17 ": 17, "9223372036854775807": 1<<63 - 1, "-3": 0,
		"9223372036854775808": 0, "1e3": 0, "x": 0} {
		header := func(name string) string {
			if name == wire.EpochHeader {
				return shown
			}
			return ""
		}
		if got := wire.EpochOf(header); got != want {
			t.Errorf("%q is read as %d, want %d", shown, got, want)
		}
	}
}
