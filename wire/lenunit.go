package wire

import "unicode/utf8"

// LenUnit is the unit in which a platform counts a message's length.
type LenUnit string

// The units; any other that is received counts as Chars.
const (
	// Chars counts Unicode code points.
	Chars LenUnit = "chars"
	// UTF16 counts UTF-16 code units: two for a code point beyond U+FFFF.
	UTF16 LenUnit = "utf16"
)

func lenUnit(name string) LenUnit {
	if LenUnit(name) == UTF16 {
		return UTF16
	}
	return Chars
}

// Count returns the length of text in the unit. A byte that is not valid UTF-8 counts as
// one.
func (u LenUnit) Count(text string) int {
	if u != UTF16 {
		return utf8.RuneCountInString(text)
	}
	n := 0
	for _, r := range text {
		n++
		if r > 0xFFFF {
			n++
		}
	}
	return n
}
