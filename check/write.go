package check

import (
	"fmt"
	"time"

	"github.com/gobwas/ws"

	"hermod/wire"
)

// writeTime bounds one write: a peer that reads nothing for so long is not waited for.
const writeTime = 20 * time.Second

// send writes a line as one text message. A connection that is gone shows itself in what is read.
func (l *link) send(line []byte) { l.write(ws.OpText, true, line) }

// say sends a line of JSON without its newline.
func (l *link) say(line string) { l.send([]byte(line + "\n")) }

// write writes one WebSocket frame, masked as this end must.
func (l *link) write(op ws.OpCode, fin bool, payload []byte) {
	h := ws.Header{Fin: fin, OpCode: op, Length: int64(len(payload)), Masked: l.client}
	if l.client {
		h.Mask = ws.NewMask()
	}
	l.writeWith(h, payload)
}

// writeWith writes a frame with a header that may be wrong on purpose.
func (l *link) writeWith(h ws.Header, payload []byte) {
	data := make([]byte, len(payload))
	copy(data, payload)
	if h.Masked {
		ws.Cipher(data, h.Mask, 0)
	}
	f := ws.MustCompileFrame(ws.Frame{Header: h, Payload: data})
	l.writing <- struct{}{}
	defer func() { <-l.writing }()
	if h.OpCode == ws.OpClose {
		l.closed.Store(true)
	}
	l.log.Load().noteSent(describe(h.OpCode, payload))
	_ = l.conn.SetWriteDeadline(time.Now().Add(writeTime))
	_, _ = l.conn.Write(f)
}

// describe is a WebSocket frame as a result shows it.
func describe(op ws.OpCode, payload []byte) string {
	switch op {
	case ws.OpPing:
		return "ping"
	case ws.OpPong:
		return "pong"
	case ws.OpClose:
		closed, _ := wire.ParseClose(payload)
		return fmt.Sprintf("close %d %q", closed.Code, closed.Reason)
	case ws.OpBinary:
		return "binary " + shown(payload)
	case ws.OpContinuation:
		return "continuation " + shown(payload)
	}
	return shown(payload)
}
