package wire

import (
	"bytes"
	"math"
	"strconv"
	"strings"

	json "github.com/goccy/go-json"
)

// text converts a valid JSON value to a string, by the protocol's rule: a string is itself,
// null is "", and any other value becomes the JSON text that was sent.
func text(raw []byte) string {
	if isNull(raw) || len(raw) == 0 {
		return ""
	}
	if !isString(raw) {
		return string(compactLines(raw))
	}
	if bytes.IndexByte(raw, '\\') < 0 {
		return string(raw[1 : len(raw)-1])
	}
	var s string
	if json.Unmarshal(raw, &s) != nil {
		return ""
	}
	if len(s) < len(raw)/2 {
		return strings.Clone(s) // the decoder's has room for the escapes
	}
	return s
}

// truthy reports whether a valid JSON value is true in Python, the language of the reference.
func truthy(raw []byte) bool {
	if len(raw) == 0 {
		return false
	}
	switch raw[0] {
	case 'n', 'f':
		return false
	case 't':
		return true
	case '"':
		return len(raw) > 2
	case '{', '[':
		return len(bytes.Trim(raw[1:len(raw)-1], jsonSpace)) > 0
	}
	f, err := strconv.ParseFloat(string(raw), 64)
	return err != nil || f != 0
}

// integer reads a JSON number, or a string that holds a decimal integer, cutting a fraction
// off and clamping what is out of range.
func integer(raw []byte) (int, bool) {
	if isString(raw) {
		digits, ok := pythonInt(text(raw))
		if !ok {
			return 0, false
		}
		raw = []byte(digits)
	}
	if len(raw) == 0 || raw[0] != '-' && (raw[0] < '0' || raw[0] > '9') {
		return 0, false
	}
	f, err := strconv.ParseFloat(string(raw), 64)
	if err != nil && !math.IsInf(f, 0) {
		return 0, false
	}
	return int(math.Max(math.MinInt32, math.Min(math.MaxInt32, math.Trunc(f)))), true
}

// maxIntDigits is where the reference stops reading decimal integers.
const maxIntDigits = 4300

// pythonInt reads a decimal integer as the reference does, which accepts surrounding space, a
// sign, leading zeros and single underscores between digits. It returns the plain form.
func pythonInt(s string) (string, bool) {
	s = strings.TrimSpace(s)
	negative := strings.HasPrefix(s, "-")
	if negative || strings.HasPrefix(s, "+") {
		s = s[1:]
	}
	s, ok := ungroup(s)
	if !ok || s == "" || strings.Trim(s, "0123456789") != "" || len(s) > maxIntDigits {
		return "", false
	}
	s = strings.TrimLeft(s, "0")
	if s == "" {
		return "0", true
	}
	if negative {
		s = "-" + s
	}
	return s, true
}

// ungroup removes single underscores between digits, as Python allows them. It returns false
// for any other underscore.
func ungroup(s string) (string, bool) {
	isDigit := func(i int) bool { return i >= 0 && i < len(s) && s[i] >= '0' && s[i] <= '9' }
	for i := range len(s) {
		if s[i] == '_' && (!isDigit(i-1) || !isDigit(i+1)) {
			return "", false
		}
	}
	return strings.ReplaceAll(s, "_", ""), true
}

// compactLines removes the line breaks of a valid JSON value, so that it fits on one line; they
// can only be between tokens. It returns raw itself if there are none.
func compactLines(raw []byte) []byte {
	if bytes.IndexByte(raw, '\n') < 0 && bytes.IndexByte(raw, '\r') < 0 {
		return raw
	}
	out := make([]byte, 0, len(raw))
	for _, c := range raw {
		if c != '\n' && c != '\r' {
			out = append(out, c)
		}
	}
	return out
}
