package workload

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"github.com/gobwas/ws"
	"github.com/goccy/go-json"
)

// socket is a gobwas connection with a header parser of its own, which allocates nothing.
type socket struct {
	net.Conn
	reader *bufio.Reader
	long   []byte // a message that the reader's buffer cannot hold
	passed int    // bytes of the reader's buffer that the last message was
}

// openSocket dials and says hello.
func openSocket(ctx context.Context, to Target, buffer int) (*socket, error) {
	conn, early, _, err := (ws.Dialer{TLSConfig: to.TLS}).Dial(ctx, to.URL)
	if err != nil {
		return nil, err
	}
	var source io.Reader = conn
	if early != nil { // what came with the upgrade's answer
		if n := early.Buffered(); n > 0 {
			head, _ := early.Peek(n)
			source = io.MultiReader(bytes.NewReader(bytes.Clone(head)), conn)
		}
		ws.PutReader(early)
	}
	s := &socket{Conn: conn, reader: bufio.NewReaderSize(source, buffer)}
	hello, err := textFrame(NewHello())
	if err == nil {
		_, err = conn.Write(hello)
	}
	if err != nil {
		_ = conn.Close()
		return nil, fmt.Errorf("say hello: %w", err)
	}
	return s, nil
}

// greetedSocket is a socket whose descriptor has come.
func greetedSocket(ctx context.Context, to Target, buffer int) (*socket, error) {
	s, err := openSocket(ctx, to, buffer)
	if err != nil {
		return nil, err
	}
	if deadline, ok := ctx.Deadline(); ok {
		_ = s.SetReadDeadline(deadline)
		defer s.SetReadDeadline(time.Time{})
	}
	message, err := s.next()
	if err == nil {
		err = wantDescriptor(message)
	}
	if err != nil {
		_ = s.Close()
		return nil, err
	}
	return s, nil
}

// wantDescriptor checks the first message of a connection.
func wantDescriptor(message []byte) error {
	var f Frame
	if err := json.Unmarshal(message, &f); err != nil {
		return fmt.Errorf("decode the descriptor: %w", err)
	}
	if f.Type != "descriptor" {
		return fmt.Errorf("first frame is a %q, want a descriptor", f.Type)
	}
	return nil
}

// next returns the next message, which is valid until the one after. It answers pings, and ends with net.ErrClosed.
func (s *socket) next() ([]byte, error) {
	for {
		if _, err := s.reader.Discard(s.passed); err != nil {
			return nil, err
		}
		s.passed = 0
		op, length, err := s.header()
		if err != nil {
			return nil, err
		}
		payload, err := s.payload(length)
		if err != nil {
			return nil, err
		}
		switch op {
		case ws.OpText, ws.OpBinary:
			return payload, nil
		case ws.OpClose:
			return nil, net.ErrClosed
		case ws.OpPing:
			pong := ws.MustCompileFrame(ws.MaskFrame(ws.NewPongFrame(payload)))
			if _, err := s.Write(pong); err != nil {
				return nil, err
			}
		}
	}
}

var errFragmented = errors.New("message is fragmented, or a server's frame masked")

// header reads a frame's header. The peer's messages are whole and bare.
func (s *socket) header() (ws.OpCode, int, error) {
	head, err := s.reader.Peek(2)
	if err != nil {
		return 0, 0, err
	}
	if head[0]&0x80 == 0 || head[1]&0x80 != 0 {
		return 0, 0, errFragmented
	}
	op, length, size := ws.OpCode(head[0]&0x0f), int(head[1]), 2
	switch length {
	case 126:
		size = 4
	case 127:
		size = 10
	}
	if size > 2 {
		if head, err = s.reader.Peek(size); err != nil {
			return 0, 0, err
		}
		if size == 4 {
			length = int(binary.BigEndian.Uint16(head[2:]))
		} else {
			length = int(binary.BigEndian.Uint64(head[2:]))
		}
	}
	_, err = s.reader.Discard(size)
	return op, length, err
}

// payload returns a message in place where the buffer can hold it.
func (s *socket) payload(length int) ([]byte, error) {
	if length <= s.reader.Size() {
		s.passed = length
		return s.reader.Peek(length)
	}
	if length > cap(s.long) {
		s.long = make([]byte, length)
	}
	_, err := io.ReadFull(s.reader, s.long[:length])
	return s.long[:length], err
}

// textFrame is a value as a line in a masked text message.
func textFrame(v any) ([]byte, error) {
	line, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	return ws.CompileFrame(ws.MaskFrameInPlace(ws.NewTextFrame(append(line, '\n'))))
}
