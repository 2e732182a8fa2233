package adapter

import (
	"fmt"
	"strings"

	"hermod/wire"
)

// indicatorReserve is what each chunk leaves free for " (i/n)", enough for 999 chunks.
const indicatorReserve = 10

// Chunk cuts a text into messages of at most limit units, for platforms that take no longer
// ones. A text that fits is the only chunk, as it is. Otherwise each chunk ends in " (i/n)",
// and a chunk ends, by preference, at the last line break if that lies in the second half
// of what fits, else at the last space, else where it must, but never inside a code point.
// The space at a cut is dropped.
//
// Inline code is not cut if it can move to the next chunk whole, nor is a fenced code block
// that begins behind the first quarter. A block that must be cut is closed, and opened again
// in the next chunk with its language; the indentation of its lines is kept. A block that the
// text itself never closes stays open in the last chunk.
//
// A limit of 0 or less is wire.DefaultMaxMessageLength. One below 24 has no room for the
// marks, and chunks may then be longer: half of it is for the text. Chunks of white space
// only are left out, so such a text gives none if it does not fit.
func Chunk(text string, limit int, unit wire.LenUnit) []string {
	if limit <= 0 {
		limit = wire.DefaultMaxMessageLength
	}
	if fitting(text, limit, unit) == len(text) {
		return []string{text}
	}
	c := chunker{limit: limit, reserve: indicatorReserve, unit: unit}
	chunks := c.split(text)
	for len(chunks) > 1 && len(indicator(len(chunks), len(chunks))) > c.reserve {
		c.reserve = len(indicator(len(chunks), len(chunks)))
		chunks = c.split(text)
	}
	out := make([]string, len(chunks))
	for i, ch := range chunks {
		out[i] = ch.opening + ch.body + ch.closing
		if len(chunks) > 1 {
			out[i] += indicator(i+1, len(chunks))
		}
	}
	return out
}

func indicator(i, n int) string { return fmt.Sprintf(" (%d/%d)", i, n) }

// chunk is a piece of a text between the marks of a code block that was cut.
type chunk struct{ opening, body, closing string }

type chunker struct {
	limit   int
	reserve int
	unit    wire.LenUnit
}

func (c chunker) split(text string) []chunk {
	var chunks []chunk
	var at fence
	for text != "" {
		opening, window := c.open(at)
		if fitting(text, window+len(fenceClose), c.unit) == len(text) {
			return append(chunks, chunk{opening: opening, body: text})
		}
		if window < 1 {
			window = c.limit / 2
		}
		cut := c.cut(text, window, at)
		next := chunk{opening: opening, body: text[:cut]}
		at = outlineOf(next.body, at).fence
		if at.open {
			next.closing = fenceClose
		}
		text, at = remainder(text[cut:], at)
		if opening != "" || strings.TrimSpace(next.body) != "" {
			chunks = append(chunks, next)
		}
	}
	return chunks
}

// open returns the line that opens a cut block again, and how many units are then left for
// text. The language goes if it would take nearly all of them.
func (c chunker) open(at fence) (opening string, window int) {
	opening = at.reopening()
	window = c.limit - c.reserve - c.unit.Count(opening) - len(fenceClose)
	if at.language != "" && window < max(1, c.limit/8) {
		return c.open(fence{open: true})
	}
	return opening, window
}
