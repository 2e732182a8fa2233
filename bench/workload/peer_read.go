package workload

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"net"

	"github.com/gobwas/ws"
)

// errFrame ends a connection whose client sends something unexpected.
var errFrame = errors.New("unexpected frame")

// read takes the client's frames until the connection ends, and answers what one read brought with one write.
func (p *Peer) read(conn net.Conn) error {
	size := blockSize
	if p.spec.Relays > 64 {
		size = 1 << 10
	}
	in, have := make([]byte, size), 0
	var out []byte
	greeted := false
	for {
		n, err := conn.Read(in[have:])
		if err != nil {
			return err
		}
		have += n
		rest := in[:have]
		for {
			frame, after, ok, err := cutFrame(rest)
			if err != nil {
				return err
			}
			if !ok {
				break
			}
			rest = after
			if out, err = p.take(out, frame, greeted); err != nil {
				return err
			}
			if !greeted && frame.op == ws.OpText {
				greeted = true
				if _, err := conn.Write(out); err != nil { // before the flood
					return err
				}
				out = out[:0]
				p.load(conn)
			}
		}
		have = copy(in, rest)
		if len(out) > 0 {
			if _, err := conn.Write(out); err != nil {
				return err
			}
			out = out[:0]
		}
	}
}

// clientFrame is one frame of the client, its payload still masked.
type clientFrame struct {
	op      ws.OpCode
	mask    [4]byte
	payload []byte
}

func (f clientFrame) unmask() []byte {
	ws.Cipher(f.payload, f.mask, 0)
	return f.payload
}

// cutFrame takes the first frame off b; ok is false if it is incomplete.
func cutFrame(b []byte) (f clientFrame, rest []byte, ok bool, err error) {
	if len(b) < 6 {
		return f, b, false, nil
	}
	if b[0]&0x80 == 0 || b[1]&0x80 == 0 || b[1]&0x7f == 127 {
		return f, b, false, fmt.Errorf("%w: fragmented, unmasked or longer than 64 KiB", errFrame)
	}
	length, at := int(b[1]&0x7f), 2
	if length == 126 {
		length, at = int(binary.BigEndian.Uint16(b[2:])), 4
	}
	end := at + 4 + length
	if len(b) < end {
		return f, b, false, nil
	}
	f = clientFrame{op: ws.OpCode(b[0] & 0x0f), mask: [4]byte(b[at : at+4]), payload: b[at+4 : end]}
	return f, b[end:], true, nil
}

// take appends what answers a frame to out.
func (p *Peer) take(out []byte, f clientFrame, greeted bool) ([]byte, error) {
	switch {
	case f.op == ws.OpPing:
		return append(out, ws.MustCompileFrame(ws.NewPongFrame(f.unmask()))...), nil
	case f.op == ws.OpClose:
		return out, net.ErrClosed
	case f.op != ws.OpText:
		return out, nil
	case !greeted:
		if hello := f.unmask(); !bytes.Contains(hello, []byte("hello")) {
			return out, fmt.Errorf("%w: %.40q, want a hello first", errFrame, hello)
		}
		return append(out, p.greeting...), nil
	case p.spec.Scenario == InboundAcks:
		p.acked.Add(1)
		return out, nil
	}
	id, ok := requestID(f.unmask())
	if !ok {
		return out, nil
	}
	p.answered.Add(1)
	return appendAnswer(out, id), nil
}

// requestID finds the id in an outbound frame, as any client's encoder writes it.
func requestID(line []byte) (id []byte, ok bool) {
	_, after, ok := bytes.Cut(line, []byte(`"requestId":`))
	if !ok {
		return nil, false
	}
	_, after, _ = bytes.Cut(after, []byte{'"'})
	id, _, ok = bytes.Cut(after, []byte{'"'})
	return id, ok && len(id) <= 32
}

// appendAnswer appends the message that resolves a request. It is shorter than 126 bytes, which one byte says.
func appendAnswer(out, id []byte) []byte {
	const before, after = `{"type":"outbound_result","requestId":"`, `","result":{"success":true,"message_id":"m1"}}` + "\n"
	out = append(out, 0x81, byte(len(before)+len(id)+len(after)))
	out = append(out, before...)
	out = append(out, id...)
	return append(out, after...)
}
