package socket

import (
	"encoding/binary"
	"fmt"

	"github.com/gobwas/ws"
)

// Parser cuts a server's byte stream into WebSocket frames (RFC 6455 §5.2), wherever the stream's pieces begin and
// end. Payloads pass through without being copied or gathered, so no length that the peer claims costs memory.
type Parser struct {
	header  [10]byte // of the frame that is being read
	have    int      // bytes of header so far
	op      ws.OpCode
	left    uint64 // payload bytes still to come
	inFrame bool
	inText  bool   // a message's first frame has come, its last one has not
	control []byte // a control frame's payload so far
}

// Sink takes what frames carry. Slices are only valid during the call; an error ends the parsing with it.
type Sink interface {
	// Data takes a piece of a message's payload.
	Data(payload []byte) error
	// Control takes a control frame's payload.
	Control(op ws.OpCode, payload []byte) error
}

// ProtocolError says how the connector broke RFC 6455.
type ProtocolError struct{ reason string }

// Error implements error.
func (e *ProtocolError) Error() string { return "websocket protocol violation: " + e.reason }

// Clean says that the stream is between two messages.
func (f *Parser) Clean() bool { return !f.inFrame && !f.inText && f.have == 0 }

// Feed parses the next bytes of the stream. After an error the parser is of no more use.
func (f *Parser) Feed(data []byte, sink Sink) error {
	for len(data) > 0 {
		if !f.inFrame {
			n, err := f.takeHeader(data)
			if err != nil {
				return err
			}
			data = data[n:]
		}
		if !f.inFrame {
			continue
		}
		n := int(min(f.left, uint64(len(data))))
		if err := f.takePayload(data[:n], sink); err != nil {
			return err
		}
		data = data[n:]
	}
	return nil
}

// takeHeader consumes bytes up to the end of the header; the frame begins when the header is whole.
func (f *Parser) takeHeader(data []byte) (int, error) {
	used := 0
	for used < len(data) {
		want := 2
		if f.have >= 2 {
			want = f.headerSize()
		}
		n := copy(f.header[f.have:want], data[used:])
		f.have += n
		used += n
		if f.have >= 2 && f.have == f.headerSize() {
			return used, f.begin()
		}
	}
	return used, nil
}

func (f *Parser) headerSize() int {
	switch f.header[1] & 0x7f {
	case 126:
		return 4
	case 127:
		return 10
	}
	return 2
}

func (f *Parser) begin() error {
	first, second := f.header[0], f.header[1]
	f.op = ws.OpCode(first & 0x0f)
	switch f.have {
	case 2:
		f.left = uint64(second & 0x7f)
	case 4:
		f.left = uint64(binary.BigEndian.Uint16(f.header[2:4]))
	case 10:
		f.left = binary.BigEndian.Uint64(f.header[2:10])
	}
	f.have, f.inFrame = 0, true
	return f.check(first&0x80 != 0, first&0x70 != 0, second&0x80 != 0)
}

func (f *Parser) check(fin, reserved, masked bool) error {
	switch {
	case masked:
		return &ProtocolError{"a server's frame is masked"}
	case reserved:
		return &ProtocolError{"reserved bits are set"}
	case f.left > 1<<62:
		return &ProtocolError{"impossible frame length"}
	case f.op.IsControl():
		if !fin || f.left > 125 {
			return &ProtocolError{"a control frame is fragmented or too long"}
		}
		if f.op != ws.OpClose && f.op != ws.OpPing && f.op != ws.OpPong {
			return &ProtocolError{fmt.Sprintf("unknown control frame %#x", byte(f.op))}
		}
		return nil
	case f.op == ws.OpContinuation:
		if !f.inText {
			return &ProtocolError{"a continuation without a message"}
		}
	case f.op == ws.OpText || f.op == ws.OpBinary:
		if f.inText {
			return &ProtocolError{"a message inside a message"}
		}
	default:
		return &ProtocolError{fmt.Sprintf("unknown frame %#x", byte(f.op))}
	}
	f.inText = !fin
	return nil
}

// takePayload hands on a data frame's bytes, or gathers a control frame's. It also ends frames without a payload.
func (f *Parser) takePayload(payload []byte, sink Sink) error {
	f.left -= uint64(len(payload))
	f.inFrame = f.left > 0
	if !f.op.IsControl() {
		if len(payload) == 0 {
			return nil
		}
		return sink.Data(payload)
	}
	f.control = append(f.control, payload...)
	if f.inFrame {
		return nil
	}
	control := f.control
	f.control = nil
	return sink.Control(f.op, control)
}
