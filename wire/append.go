package wire

import "unicode/utf8"

const hexDigits = "0123456789abcdef"

// appendString appends s as a JSON string. Invalid UTF-8 becomes U+FFFD.
func appendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= 0x20 && c != '"' && c != '\\' && c < utf8.RuneSelf {
			i++
			continue
		}
		if c >= utf8.RuneSelf {
			r, size := utf8.DecodeRuneInString(s[i:])
			if r == utf8.RuneError && size == 1 {
				dst = append(dst, s[start:i]...)
				dst = append(dst, "\ufffd"...)
				start = i + 1
			}
			i += size
			continue
		}
		dst = append(dst, s[start:i]...)
		dst = appendEscape(dst, c)
		i++
		start = i
	}
	dst = append(dst, s[start:]...)
	return append(dst, '"')
}

func appendEscape(dst []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(dst, '\\', c)
	case '\n':
		return append(dst, '\\', 'n')
	case '\r':
		return append(dst, '\\', 'r')
	case '\t':
		return append(dst, '\\', 't')
	}
	return append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
}

// appendMember appends ,"key":"value".
func appendMember(dst []byte, key, value string) []byte {
	dst = append(dst, ',', '"')
	dst = append(dst, key...)
	dst = append(dst, '"', ':')
	return appendString(dst, value)
}

// appendRawMember appends ,"key":value of a valid JSON value, without its line breaks. A
// missing value becomes null, so that the frame stays valid.
func appendRawMember(dst []byte, key string, value []byte) []byte {
	dst = append(dst, ',', '"')
	dst = append(dst, key...)
	dst = append(dst, '"', ':')
	if len(value) == 0 {
		return append(dst, "null"...)
	}
	return append(dst, compactLines(value)...)
}

// appendNullable appends ,"key":null for "" and ,"key":"value" for anything else.
func appendNullable(dst []byte, key, value string) []byte {
	if value == "" {
		return appendRawMember(dst, key, []byte("null"))
	}
	return appendMember(dst, key, value)
}

// appendBool appends ,"key":true or ,"key":false.
func appendBool(dst []byte, key string, value bool) []byte {
	if value {
		return appendRawMember(dst, key, []byte("true"))
	}
	return appendRawMember(dst, key, []byte("false"))
}

// beginFrame appends {"type":"<kind>".
func beginFrame(dst []byte, k Kind) []byte {
	dst = append(dst, `{"type":"`...)
	dst = append(dst, k.String()...)
	return append(dst, '"')
}

// endFrame appends the closing brace and the line break.
func endFrame(dst []byte) []byte { return append(dst, '}', '\n') }
