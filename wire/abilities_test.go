package wire_test

import (
	"net/http"
	"testing"

	"hermod/wire"
)

func TestAbilitiesAreReadAsTheyAreShown(t *testing.T) {
	for _, want := range []wire.Abilities{
		{MaxMessage: 8 << 20, AcksPassthrough: true}, {MaxMessage: 2 << 20}, {MaxMessage: wire.MaxPlainMessage},
	} {
		h := make(http.Header)
		want.Show(h.Set)
		if got := wire.AbilitiesOf(h.Get); got != want {
			t.Errorf("%v is read as %+v, want %+v", h, got, want)
		}
	}
}

func TestAbilitiesThatMakeNoSenseAreNotShown(t *testing.T) {
	for _, shown := range []string{"", "x", "-1", "0", "1024", "9e6", "99999999999999999999", "8388608 bytes"} {
		h := http.Header{}
		h.Set(wire.MaxMessageHeader, shown)
		h.Set(wire.AcksHeader, "passthrough")
		if got := wire.AbilitiesOf(h.Get); got != (wire.Abilities{MaxMessage: wire.MaxPlainMessage}) {
			t.Errorf("%q is read as %+v", shown, got)
		}
	}
}
