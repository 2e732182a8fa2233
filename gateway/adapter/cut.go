package adapter

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"hermod/wire"
)

// cut returns where the first chunk of a text ends that is longer than the window.
func (c chunker) cut(text string, window int, at fence) int {
	end := fitting(text, window, c.unit)
	if end == 0 {
		_, size := utf8.DecodeRuneInString(text)
		return size
	}
	points := utf8.RuneCountInString(text[:end])
	cut := naturalCut(text[:end], points)
	cut = outsideFenceLine(text, cut, at)
	o := outlineOf(text[:cut], at)
	switch {
	case o.fenceStart > 0:
		if before := o.fenceStart - 1; utf8.RuneCountInString(text[:before]) > points/4 {
			return before
		}
	case o.spanStart > 0:
		before := strings.LastIndexAny(text[:o.spanStart], " \n")
		if before > 0 && utf8.RuneCountInString(text[:before]) > points/4 {
			return before
		}
	}
	return cut
}

// naturalCut returns the best place to end a text of that many code points.
func naturalCut(text string, points int) int {
	if n := strings.LastIndexByte(text, '\n'); n > 0 && utf8.RuneCountInString(text[:n]) >= points/2 {
		return n
	}
	if n := strings.LastIndexByte(text, ' '); n > 0 {
		return n
	}
	return len(text)
}

// outsideFenceLine moves a cut from inside a line that opens or closes a block to before it.
func outsideFenceLine(text string, cut int, at fence) int {
	start, end := lineStart(text, cut), lineEnd(text, cut)
	if start == 0 || cut == start || cut == end {
		return cut
	}
	before := outlineOf(text[:start], at).fence
	if before.after(text[start:end]).open == before.open {
		return cut
	}
	return max(start-1, 1)
}

// remainder returns what is left for the next chunk, and its state. Of a block whose end is
// all that is left nothing is left: the closing mark of the chunk is that end.
func remainder(text string, at fence) (string, fence) {
	trimmed := strings.TrimLeftFunc(text, unicode.IsSpace)
	if !at.open || trimmed == "" {
		return trimmed, at
	}
	if !at.after(trimmed[:lineEnd(trimmed, 0)]).open {
		return strings.TrimLeftFunc(strings.TrimLeft(trimmed, "`"), unicode.IsSpace), fence{}
	}
	if text[0] == '\n' || text[0] == ' ' {
		text = text[1:]
	}
	return text, at
}

// fitting returns how many bytes of a text have at most that many units, in whole code points.
func fitting(text string, units int, unit wire.LenUnit) int {
	if len(text) <= units {
		return len(text)
	}
	for i, r := range text {
		units--
		if r > 0xFFFF && unit == wire.UTF16 {
			units--
		}
		if units < 0 {
			return i
		}
	}
	return len(text)
}
