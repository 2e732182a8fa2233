package wire

import (
	"encoding/binary"
	"math/bits"
)

// plainLength returns how many bytes at the start of b are neither a quote nor a backslash nor a control character. It
// looks at eight at a time, and in a long text at 32.
func plainLength(b []byte) int {
	const stretch = 4 * word
	i := 0
	for ; i+word <= len(b); i += word {
		if stops := stopBytes(binary.LittleEndian.Uint64(b[i:])); stops != 0 {
			return i + bits.TrailingZeros64(stops)/8
		}
		for ; i >= stretch && i+word+stretch <= len(b); i += stretch {
			ahead := b[i+word : i+word+stretch]
			if stopBytes(binary.LittleEndian.Uint64(ahead))|stopBytes(binary.LittleEndian.Uint64(ahead[8:]))|
				stopBytes(binary.LittleEndian.Uint64(ahead[16:]))|stopBytes(binary.LittleEndian.Uint64(ahead[24:])) != 0 {
				break
			}
		}
	}
	for i < len(b) && b[i] >= ' ' && b[i] != '"' && b[i] != '\\' {
		i++
	}
	return i
}

// stopBytes sets the top bit of the first byte of w that is a quote, a backslash or a control character, and of no
// byte before it. With its second bit turned over, a quote is a space, and comes right after the control characters;
// what comes before the quote and is none of them is out of reach then.
func stopBytes(w uint64) uint64 {
	const ones, tops = 0x0101010101010101, 0x8080808080808080
	return ((w ^ 2*ones) - (' '+1)*ones | ((w ^ '\\'*ones) - ones)) &^ w & tops
}

// escapedLength returns the length of a string without its quotes, which may have escapes from a place on; -1 if it
// is none.
func escapedLength(b []byte, from int) int {
	for i := from; i < len(b); i += plainLength(b[i:]) {
		switch b[i] {
		case '"':
			return i
		case '\\':
			n := escapeLength(b[i:])
			if n == 0 {
				return -1
			}
			i += n
		default:
			return -1
		}
	}
	return -1
}

// escapeLength returns the length of the escape at the start of b, 0 if it is none.
func escapeLength(b []byte) int {
	if len(b) < 2 {
		return 0
	}
	switch b[1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2
	case 'u':
		if len(b) < 6 {
			return 0
		}
		for _, c := range b[2:6] {
			if !isHex(c) {
				return 0
			}
		}
		return 6
	}
	return 0
}

func isHex(c byte) bool {
	return isDigit(c) || c|0x20 >= 'a' && c|0x20 <= 'f'
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// numberLength returns the length of the JSON number at the start of b, 0 if there is none.
func numberLength(b []byte) int {
	i := 0
	if i < len(b) && b[i] == '-' {
		i++
	}
	whole := digits(b[i:])
	if whole == 0 || whole > 1 && b[i] == '0' {
		return 0
	}
	i += whole
	if i < len(b) && b[i] == '.' {
		n := digits(b[i+1:])
		if n == 0 {
			return 0
		}
		i += 1 + n
	}
	if i < len(b) && b[i]|0x20 == 'e' {
		i++
		if i < len(b) && (b[i] == '+' || b[i] == '-') {
			i++
		}
		n := digits(b[i:])
		if n == 0 {
			return 0
		}
		i += n
	}
	return i
}

// digits returns how many digits b begins with.
func digits(b []byte) int {
	n := 0
	for n < len(b) && isDigit(b[n]) {
		n++
	}
	return n
}
