package wire

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"unicode/utf8"

	json "github.com/goccy/go-json"
	jsonv2 "github.com/goccy/go-json/v2"
)

// onePass decodes a line whose types are as the protocol says into v, whose strings may
// share the line's memory. It returns false for a line that must be read leniently, or that
// is no valid frame; v is then undefined.
func onePass[T any](line []byte, v *T) bool {
	if len(line) > shareLimit {
		return utf8.Valid(line) && jsonv2.UnmarshalOf(line, v) == nil
	}
	start := skipSpace(line)
	return len(start) > 0 && start[0] == '{' && utf8.Valid(line) && plainNames(line) &&
		json.UnmarshalOf(line, v, json.DecodeNoCopyString()) == nil
}

// plainNames reports whether every member's name is one that the decoder, which ignores case,
// cannot mistake for another: none has an upper-case letter, an escape or a byte that is not
// ASCII, the protocol's own names aside. A false negative is possible and costs only time.
//
// It looks for such bytes eight at a time, and from each for the quote that ends its string; a
// name's is followed by a colon. After a stretch without any, which is usually inside a long
// text, it also goes to the next quote. (An escaped quote does not end a string, but no name of
// the protocol has one.)
func plainNames(line []byte) bool {
	for i := 0; i < len(line); {
		i += plainStretch(line[i:])
		end := bytes.IndexByte(line[i:], '"')
		if end < 0 {
			return true
		}
		passed := line[i : i+end]
		i += end + 1
		if rest := skipSpace(line[i:]); len(rest) > 0 && rest[0] == ':' && hasOdd(passed) && !camelName(line[:i]) {
			return false
		}
	}
	return true
}

func camelName(line []byte) bool {
	return bytes.HasSuffix(line, []byte(`"bufferId"`)) || bytes.HasSuffix(line, []byte(`"requestId"`))
}

// stretch is how many plain bytes in a row make a long text likely.
const stretch = 256

// plainStretch returns how many bytes at the start of b are plain, as far as it looks.
func plainStretch(b []byte) int {
	b = b[:min(len(b), stretch)]
	i := 0
	for ; i+16 <= len(b); i += 16 {
		pair := b[i : i+16]
		first, second := binary.LittleEndian.Uint64(pair), binary.LittleEndian.Uint64(pair[8:])
		if oddBytes(first)|oddBytes(second) != 0 {
			break
		}
	}
	for ; i+8 <= len(b); i += 8 {
		if odd := oddBytes(binary.LittleEndian.Uint64(b[i:])); odd != 0 {
			return i + bits.TrailingZeros64(odd)/8
		}
	}
	for i < len(b) && oddBytes(uint64(b[i])) == 0 {
		i++
	}
	return i
}

func hasOdd(b []byte) bool {
	for len(b) > 0 {
		n := plainStretch(b)
		if n < min(len(b), stretch) {
			return true
		}
		b = b[n:]
	}
	return false
}

// oddBytes sets the top bit of each byte of w that is not ASCII or lies from 'A' to '^',
// which are the upper-case letters, the backslash and the brackets.
func oddBytes(w uint64) uint64 {
	const ones, tops = 0x0101010101010101, 0x8080808080808080
	low := w &^ tops
	// The sums set a byte's top bit from 'A' on, and from '_' on.
	return ((low+(0x80-'A')*ones)^(low+(0x80-'_')*ones))&tops | w&tops
}
