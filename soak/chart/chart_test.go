package chart

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
)

func TestAPictureIsXMLWithAllOfItsWords(t *testing.T) {
	for name, points := range map[string][]Point{"values": {{0, 3}, {30, 12_000}, {60, 7}}, "zeros": {{0, 0}, {60, 0}}, "none": nil} {
		text := Picture{Title: "A <title>", Notes: []string{"a note"}, Panels: []Panel{{Title: "heap", Unit: "MiB", Note: "5 %",
			Seconds: 60, Shades: []Shade{{0, 10, Pale, "warm-up"}},
			Lines: []Line{{Name: "measured", Color: Blue, Points: points}, {Color: Green, Points: points, Filled: true}}}}}.draw()
		if bytes.Contains(text, []byte("NaN")) || bytes.Contains(text, []byte("Inf")) {
			t.Errorf("%s: a place is no number: %s", name, text)
		}
		var words strings.Builder
		for decoder := xml.NewDecoder(bytes.NewReader(text)); ; {
			token, err := decoder.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			if data, ok := token.(xml.CharData); ok {
				words.Write(data)
			}
		}
		for _, want := range []string{"A <title>", "a note", "heap", "MiB", "5 %", "warm-up", "measured"} {
			if !strings.Contains(words.String(), want) {
				t.Errorf("%s: %q is not shown", name, want)
			}
		}
	}
}
