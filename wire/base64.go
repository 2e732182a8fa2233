package wire

// decodeBase64 reads base64 of the standard alphabet as leniently as the reference does:
// other ASCII characters are skipped, reading ends at a complete padding, and only a group
// that stays incomplete, or a character that is not ASCII, is an error.
func decodeBase64(s string) ([]byte, bool) {
	out := make([]byte, 0, len(s)/4*3+3)
	var group uint32
	filled, pads := 0, 0
	for i := 0; i < len(s); i++ {
		if s[i] >= 0x80 {
			return nil, false
		}
	}
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c == '=' {
			if filled >= 2 {
				if pads++; filled+pads >= 4 {
					return appendGroup(out, group, filled), true
				}
			}
			continue
		}
		v, ok := base64Value(c)
		if !ok {
			continue
		}
		pads = 0
		group = group<<6 | v
		if filled++; filled == 4 {
			out = append(out, byte(group>>16), byte(group>>8), byte(group))
			group, filled = 0, 0
		}
	}
	return out, filled == 0
}

// appendGroup appends the bytes of a padded group of two or three characters.
func appendGroup(dst []byte, group uint32, filled int) []byte {
	if filled == 2 {
		return append(dst, byte(group>>4))
	}
	return append(dst, byte(group>>10), byte(group>>2))
}

func base64Value(c byte) (uint32, bool) {
	switch {
	case c >= 'A' && c <= 'Z':
		return uint32(c - 'A'), true
	case c >= 'a' && c <= 'z':
		return uint32(c-'a') + 26, true
	case c >= '0' && c <= '9':
		return uint32(c-'0') + 52, true
	case c == '+':
		return 62, true
	case c == '/':
		return 63, true
	}
	return 0, false
}
