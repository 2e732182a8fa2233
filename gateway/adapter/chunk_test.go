package adapter_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"

	"hermod/gateway/adapter"
	"hermod/wire"
)

func TestChunk(t *testing.T) {
	for _, tt := range []struct {
		name  string
		text  string
		limit int
		unit  wire.LenUnit
		want  []string
	}{
		{name: "an empty text", text: "", limit: 10, want: []string{""}},
		{name: "a text that just fits", text: "12345", limit: 5, want: []string{"12345"}},
		{name: "code points, not bytes", text: "ééééé", limit: 5, want: []string{"ééééé"}},
		{name: "two UTF-16 units beyond U+FFFF", text: "😀😀", limit: 4, unit: wire.UTF16, want: []string{"😀😀"}},
		{
			name: "a pair of UTF-16 units stays whole", text: strings.Repeat("😀", 15), limit: 29, unit: wire.UTF16,
			want: []string{"😀😀😀😀😀😀😀 (1/2)", "😀😀😀😀😀😀😀😀 (2/2)"},
		},
		{
			name: "a line break in the second half before a later space", text: "one two three\nfour five six seven", limit: 32,
			want: []string{"one two three (1/2)", "four five six seven (2/2)"},
		},
		{
			name: "a line break in the first half is no place", text: "one\ntwo three four five six seven eight", limit: 32,
			want: []string{"one\ntwo three (1/3)", "four five six (2/3)", "seven eight (3/3)"},
		},
		{
			name: "space at a cut goes, elsewhere it stays", text: "  aa bb cc dd   \n\n  ee ff gg hh ii", limit: 26,
			want: []string{"  aa bb cc (1/3)", "dd   \n (2/3)", "ee ff gg hh ii (3/3)"},
		},
		{name: "a text of space that does not fit", text: strings.Repeat(" ", 50), limit: 30, want: []string{}},
		{name: "spaces behind a text that fits", text: "word" + strings.Repeat(" ", 60), limit: 30, want: []string{"word" + strings.Repeat(" ", 11)}},
		{
			name: "inline code moves on whole", text: "some text `code of two words` and the tail", limit: 36,
			want: []string{"some text (1/3)", "`code of two words` (2/3)", "and the tail (3/3)"},
		},
		{
			name: "an escaped backtick opens nothing", text: "some text \\`not code at all here and the tail", limit: 36,
			want: []string{"some text \\`not code (1/2)", "at all here and the tail (2/2)"},
		},
		{
			name:  "a code block that is cut keeps its language and its indentation",
			text:  "```go\nif ok {\n\treturn 1\n}\n\n    go()\n```\nand so on, to the end",
			limit: 40,
			want: []string{
				"```go\nif ok {\n\treturn 1\n}\n``` (1/3)",
				"```go\n\n    go()\n``` (2/3)",
				"and so on, to the end (3/3)",
			},
		},
		{
			name: "a code block behind the first quarter moves on whole", text: "Look at this one:\n```sh\nmake all\nmake test\n```", limit: 42,
			want: []string{"Look at this one: (1/2)", "```sh\nmake all\nmake test\n``` (2/2)"},
		},
		{
			name: "a block's last line is not opened again", text: "```\n12345678901234\n```\ntail of the text, quite long", limit: 36,
			want: []string{"```\n12345678901234\n``` (1/3)", "tail of the text, (2/3)", "quite long (3/3)"},
		},
		{
			name: "a line that opens a block is not cut", text: "Look here:\n```python title=of the code that follows\nx = 1\n```", limit: 60,
			want: []string{"Look here: (1/2)", "```python title=of the code that follows\nx = 1\n``` (2/2)"},
		},
		{
			name: "a language that takes the room of the text goes", text: "```" + strings.Repeat("x", 30) + "\n" + strings.Repeat("y", 40), limit: 50,
			want: []string{
				"```" + strings.Repeat("x", 30) + "\n``` (1/3)",
				"```\n" + strings.Repeat("y", 32) + "\n``` (2/3)",
				"```\nyyyyyyyy (3/3)",
			},
		},
		{
			name: "three backticks around inline code open nothing", text: "```a b``` and then some more text behind it", limit: 36,
			want: []string{"```a b``` and then (1/2)", "some more text behind it (2/2)"},
		},
		{
			name: "a block that is never closed stays open at the end", text: "```\nabc def ghi jkl mno pqr stu vwx", limit: 30,
			want: []string{"```\nabc def ghi\n``` (1/3)", "```\njkl mno pqr\n``` (2/3)", "```\nstu vwx (3/3)"},
		},
		{name: "no limit is the default one", text: strings.Repeat("a", 4096), limit: 0, want: []string{strings.Repeat("a", 4096)}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := adapter.Chunk(tt.text, tt.limit, tt.unit)
			if !slices.Equal(got, tt.want) {
				t.Errorf("got  %q\nwant %q", got, tt.want)
			}
		})
	}
}

func TestChunkLeavesRoomForIndicatorsOfAThousandChunks(t *testing.T) {
	chunks := adapter.Chunk(strings.Repeat("a", 26_000), 40, wire.Chars)
	if len(chunks) < 1000 {
		t.Fatalf("%d chunks", len(chunks))
	}
	for i, c := range chunks {
		if utf8.RuneCountInString(c) > 40 || !strings.HasSuffix(c, fmt.Sprintf(" (%d/%d)", i+1, len(chunks))) {
			t.Fatalf("chunk %d is %q", i+1, c)
		}
	}
}

// The smallest limit that has room for all marks.
const smallestLimit = 24

func FuzzChunk(f *testing.F) {
	f.Add("some text `inline code here` tail words go on and on", uint16(10), false)
	f.Add("intro\n```python\nif x:\n    `y`\n```\ntail ```z``` \\` `", uint16(1), true)
	f.Add("```"+strings.Repeat("l", 40)+"\n\n\n```````\n ```", uint16(6), false)
	f.Add(strings.Repeat("😀 \xff", 40), uint16(3), true)
	f.Fuzz(func(t *testing.T, text string, size uint16, utf16 bool) {
		unit := wire.Chars
		if utf16 {
			unit = wire.UTF16
		}
		checkChunks(t, text, smallestLimit+int(size)%200, unit)
	})
}

func TestChunksOfAnyTextKeepTheirPromises(t *testing.T) {
	parts := rapid.SampledFrom([]string{
		"word", "a-rather-long-word", "😀", "é", " ", "  ", "\n", "\n\n", "\t", "`", "\\`", "``", "```", "```go\n", "\n```\n",
		"```python title\n", "\n    indented", "\n   ```\n", "````\n", "`code`", "``` x", "\u2028", "```" + strings.Repeat("x", 30) + "\n",
	})
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOfN(parts, 0, 120).Draw(t, "parts"), "")
		limit := rapid.IntRange(smallestLimit, 120).Draw(t, "limit")
		checkChunks(t, text, limit, rapid.SampledFrom([]wire.LenUnit{wire.Chars, wire.UTF16}).Draw(t, "unit"))
	})
}

// checkChunks says that chunks fit, hold whole code points, close their code blocks and keep
// the content.
func checkChunks(t interface{ Errorf(string, ...any) }, text string, limit int, unit wire.LenUnit) {
	chunks := adapter.Chunk(text, limit, unit)
	for i, c := range chunks {
		if n := unit.Count(c); n > limit {
			t.Errorf("chunk %d has %d units of %d: %q", i, n, limit, c)
		}
		if utf8.ValidString(text) && !utf8.ValidString(c) {
			t.Errorf("chunk %d cuts a code point: %q", i, c)
		}
		if i < len(chunks)-1 && adapter.EndsInFence(strings.TrimSuffix(c, fmt.Sprintf(" (%d/%d)", i+1, len(chunks)))) {
			t.Errorf("chunk %d does not close its code block: %q", i, c)
		}
	}
	checkContent(t, text, adapter.Pieces(text, limit, unit))
}

// checkContent says that cutting a text drops white space and closed ends of blocks alone,
// and adds marks of blocks alone.
func checkContent(t interface{ Errorf(string, ...any) }, text string, pieces []adapter.Piece) {
	var kept strings.Builder
	rest := text
	for i, p := range pieces {
		skipped, after, found := strings.Cut(rest, p.Body)
		if !found || strings.TrimFunc(skipped, func(r rune) bool { return r == '`' || unicode.IsSpace(r) }) != "" {
			t.Errorf("piece %d is not what comes next: %q in %q", i, p.Body, rest)
			return
		}
		if p.Opening != "" && !strings.HasPrefix(p.Opening, "```") || p.Closing != "" && p.Closing != "\n```" {
			t.Errorf("piece %d stands between %q and %q", i, p.Opening, p.Closing)
		}
		kept.WriteString(p.Body)
		rest = after
	}
	bare := strings.NewReplacer("`", "").Replace
	fields := func(s string) string { return strings.Join(strings.Fields(bare(s)), "") }
	if fields(kept.String()) != fields(text) {
		t.Errorf("kept %q of %q", kept.String(), text)
	}
}
