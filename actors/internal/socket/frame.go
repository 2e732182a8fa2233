package socket

import (
	"encoding/binary"
	"math/rand/v2"

	"github.com/gobwas/ws"
)

// Header bits of RFC 6455 §5.2.
const fin, masked = 0x80, 0x80

// AppendFrame appends one whole masked frame, as RFC 6455 §5.3 asks of a client: a mask of its own for each
// frame, from a generator that the peer cannot predict.
func AppendFrame(dst []byte, op ws.OpCode, payload []byte) []byte {
	dst = appendHeader(dst, op, len(payload))
	start := len(dst)
	dst = append(dst, payload...)
	ws.Cipher(dst[start:], [4]byte(dst[start-4:start]), 0)
	return dst
}

func appendHeader(dst []byte, op ws.OpCode, length int) []byte {
	dst = append(dst, fin|byte(op))
	switch {
	case length <= 125:
		dst = append(dst, masked|byte(length))
	case length <= 0xffff:
		dst = binary.BigEndian.AppendUint16(append(dst, masked|126), uint16(length))
	default:
		dst = binary.BigEndian.AppendUint64(append(dst, masked|127), uint64(length))
	}
	return binary.LittleEndian.AppendUint32(dst, rand.Uint32())
}

// HeaderRoom is the size of the longest header: a payload that has as much room before it becomes a frame in place.
const HeaderRoom = 14

// SealFrame makes the payload behind the first HeaderRoom bytes of buffer a frame, and returns that: the end
// of buffer.
func SealFrame(buffer []byte, op ws.OpCode) []byte {
	var header [HeaderRoom]byte
	h := appendHeader(header[:0], op, len(buffer)-HeaderRoom)
	ws.Cipher(buffer[HeaderRoom:], [4]byte(h[len(h)-4:]), 0)
	start := HeaderRoom - len(h)
	copy(buffer[start:], h)
	return buffer[start:]
}
