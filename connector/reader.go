package connector

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"os"
	"slices"

	"github.com/gobwas/ws"
)

// readChunk is how much of a message is unmasked and split into lines at a time: the size of a session's buffer.
const readChunk = 16 << 10

// peerClosed is the end of a session by the peer's close frame.
type peerClosed struct{ code ws.StatusCode }

func (p *peerClosed) Error() string { return "the gateway closed the session" }

// messageReader reads a client's WebSocket frames. It ignores message boundaries: the payloads of all
// data frames, text or binary, are one stream of bytes.
type messageReader struct {
	br     *bufio.Reader
	state  ws.State
	header []byte
}

// newMessageReader continues where the HTTP server's reader stopped.
func newMessageReader(sock *socket, handshake *bufio.Reader) *messageReader {
	var source io.Reader = sock
	if n := handshake.Buffered(); n > 0 {
		early, _ := handshake.Peek(n)
		source = io.MultiReader(bytes.NewReader(slices.Clone(early)), sock)
	}
	return &messageReader{
		br: bufio.NewReaderSize(source, readChunk), state: ws.StateServerSide,
		header: make([]byte, ws.MaxHeaderSize),
	}
}

// listener takes what is read; the bytes are valid during the call.
type listener struct {
	data       func(chunk []byte) error
	ping, pong func(payload []byte)
}

// next reads one frame. Data goes to the listener in chunks. A close frame returns *peerClosed, a violation of RFC 6455
// a ws.ProtocolError.
func (r *messageReader) next(to listener) error {
	h, err := ws.ReadHeaderBuffer(r.br, r.header)
	if err != nil {
		return err
	}
	if err := ws.CheckHeader(h, r.state); err != nil {
		return err
	}
	if h.OpCode.IsControl() {
		return r.control(h, to)
	}
	if h.Fin {
		r.state = r.state.Clear(ws.StateFragmented)
	} else {
		r.state = r.state.Set(ws.StateFragmented)
	}
	for done := int64(0); done < h.Length; {
		if _, err := r.br.Peek(1); err != nil {
			return err
		}
		chunk, _ := r.br.Peek(int(min(h.Length-done, int64(r.br.Buffered()))))
		ws.Cipher(chunk, h.Mask, int(done&3))
		done += int64(len(chunk))
		if err := to.data(chunk); err != nil {
			return err
		}
		_, _ = r.br.Discard(len(chunk))
	}
	return nil
}

func (r *messageReader) control(h ws.Header, to listener) error {
	payload, err := r.br.Peek(int(h.Length)) // at most 125 bytes
	if err != nil {
		return err
	}
	ws.Cipher(payload, h.Mask, 0)
	defer func() { _, _ = r.br.Discard(len(payload)) }()
	switch h.OpCode {
	case ws.OpPing:
		to.ping(payload)
	case ws.OpPong:
		to.pong(payload)
	case ws.OpClose:
		return parseClose(payload)
	}
	return nil
}

// parseClose returns *peerClosed with the code to answer with, or a protocol error.
func parseClose(payload []byte) error {
	if len(payload) == 0 {
		return &peerClosed{code: ws.StatusNoStatusRcvd}
	}
	if len(payload) == 1 {
		return ws.ErrProtocolStatusCodeNotInUse
	}
	code, reason := ws.ParseCloseFrameData(payload)
	if err := checkCloseCode(int(code), reason); err != nil {
		return ws.ErrProtocolStatusCodeUnknown
	}
	return &peerClosed{code: code}
}

// discard reads on until the peer's close frame, the end of the connection or its deadline.
func (r *messageReader) discard() {
	ignore := func([]byte) {}
	for r.next(listener{data: func([]byte) error { return nil }, ping: ignore, pong: ignore}) == nil {
	}
}

// drain reads on until the end of the connection or its deadline, and ignores the bytes.
func (r *messageReader) drain() { _, _ = io.Copy(io.Discard, r.br) }

// isProtocolBreach reports whether the peer's bytes violate the WebSocket protocol.
func isProtocolBreach(err error) bool {
	var breach ws.ProtocolError
	return errors.As(err, &breach) || errors.Is(err, ws.ErrHeaderLengthMSB) || errors.Is(err, ws.ErrHeaderLengthUnexpected)
}

// isTimeout reports whether the peer was silent until the deadline.
func isTimeout(err error) bool {
	return errors.Is(err, os.ErrDeadlineExceeded)
}
