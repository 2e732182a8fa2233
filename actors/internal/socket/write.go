package socket

import (
	"io"
	"net"
	"time"
)

// writePiece is how much of a long write has a deadline of its own. TLS gives a connection up at its first missed
// deadline, so that a whole piece counts as progress, and nothing smaller.
const writePiece = 64 << 10

// WriteSteadily writes all of data, and returns how much of it was written before an error. The peer has timeout to
// take each 64 KiB: one that is slow is waited for, one that has stopped is not. It leaves no deadline behind, since
// that would fail the next TryWrite.
func WriteSteadily(conn net.Conn, data []byte, timeout time.Duration) (written int, err error) {
	for err == nil && written < len(data) {
		piece := data[written:min(len(data), written+writePiece)]
		_ = conn.SetWriteDeadline(time.Now().Add(timeout))
		var n int
		if n, err = conn.Write(piece); err == nil && n < len(piece) {
			err = io.ErrShortWrite
		}
		written += n
	}
	_ = conn.SetWriteDeadline(time.Time{})
	return written, err
}
