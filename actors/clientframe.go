package actors

import (
	"encoding/binary"
	"math/rand/v2"

	"github.com/gobwas/ws"
)

// appendClientFrame appends one whole masked frame, as RFC 6455 §5.3 asks of a client: a mask of its own for each
// frame, from a generator that the peer cannot predict.
func appendClientFrame(dst []byte, op ws.OpCode, payload []byte) []byte {
	const fin, masked = 0x80, 0x80
	dst = append(dst, fin|byte(op))
	switch n := len(payload); {
	case n <= 125:
		dst = append(dst, masked|byte(n))
	case n <= 0xffff:
		dst = append(dst, masked|126)
		dst = binary.BigEndian.AppendUint16(dst, uint16(n))
	default:
		dst = append(dst, masked|127)
		dst = binary.BigEndian.AppendUint64(dst, uint64(n))
	}
	var mask [4]byte
	binary.LittleEndian.PutUint32(mask[:], rand.Uint32())
	dst = append(dst, mask[:]...)
	start := len(dst)
	dst = append(dst, payload...)
	ws.Cipher(dst[start:], mask, 0)
	return dst
}
