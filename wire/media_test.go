package wire_test

import (
	"fmt"
	"testing"

	"hermod/wire"
)

// TestMediaTypesTakesAsLongAsThereAreAttachments has so many of them that comparing each url with each other would take
// minutes.
func TestMediaTypesTakesAsLongAsThereAreAttachments(t *testing.T) {
	const n = 200_000
	x := wire.Extras{MediaURLs: make([]string, n), Media: make([]wire.Media, n)}
	for i := range n {
		x.MediaURLs[i] = fmt.Sprintf("https://cdn.example/%07d", i)
		x.Media[n-1-i] = wire.Media{URL: x.MediaURLs[i], MIME: fmt.Sprint(i)}
	}
	e := new(wire.Event).SetExtras(x)
	types := e.MediaTypes()
	for i := range n {
		if types[i] != fmt.Sprint(i) {
			t.Fatalf("url %d has the type %q", i, types[i])
		}
	}
}

func TestTheLastAttachmentOfAURLGivesItsType(t *testing.T) {
	e := new(wire.Event).SetExtras(wire.Extras{MediaURLs: []string{"a", "b", "a"},
		Media: []wire.Media{{URL: "a", MIME: "1"}, {URL: "c", MIME: "2"}, {URL: "a", MIME: "3"}}})
	if types := e.MediaTypes(); len(types) != 3 || types[0] != "3" || types[1] != "" || types[2] != "3" {
		t.Errorf("types %q", types)
	}
}
