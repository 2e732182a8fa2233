package actors

import (
	"encoding/binary"
	"math/rand/v2"

	"github.com/gobwas/ws"
)

// Header bits of RFC 6455 §5.2.
const fin, masked = 0x80, 0x80

// appendClientFrame appends one whole masked frame, as RFC 6455 §5.3 asks of a client: a mask of its own for each
// frame, from a generator that the peer cannot predict.
func appendClientFrame(dst []byte, op ws.OpCode, payload []byte) []byte {
	dst = appendClientHeader(dst, op, len(payload))
	start := len(dst)
	dst = append(dst, payload...)
	ws.Cipher(dst[start:], [4]byte(dst[start-4:start]), 0)
	return dst
}

func appendClientHeader(dst []byte, op ws.OpCode, length int) []byte {
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

// clientHeaderRoom is the size of the longest header: a payload that has as much room before it becomes a frame in place.
const clientHeaderRoom = 14

// sealClientFrame makes the payload behind the first clientHeaderRoom bytes of buffer a frame, and returns that: the end
// of buffer.
func sealClientFrame(buffer []byte, op ws.OpCode) []byte {
	var header [clientHeaderRoom]byte
	h := appendClientHeader(header[:0], op, len(buffer)-clientHeaderRoom)
	ws.Cipher(buffer[clientHeaderRoom:], [4]byte(h[len(h)-4:]), 0)
	start := clientHeaderRoom - len(h)
	copy(buffer[start:], h)
	return buffer[start:]
}
