package socket_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/gobwas/ws"

	"hermod/actors/internal/socket"
)

// heard is a sink that writes down what it gets.
type heard struct{ said strings.Builder }

// Data implements socket.Sink.
func (h *heard) Data(payload []byte) error { h.said.Write(payload); return nil }

// Control implements socket.Sink.
func (h *heard) Control(op ws.OpCode, payload []byte) error {
	fmt.Fprintf(&h.said, "<%d %s>", op, payload)
	return nil
}

func serverFrame(t *testing.T, fin bool, op ws.OpCode, payload string) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := ws.WriteFrame(&b, ws.NewFrame(op, fin, []byte(payload))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestAStreamMeansTheSameWhereverItIsCut(t *testing.T) {
	long := strings.Repeat("x", 70_000)
	var stream []byte
	for _, frame := range [][]byte{
		serverFrame(t, true, ws.OpText, "one\n"), serverFrame(t, false, ws.OpText, "two "), serverFrame(t, true, ws.OpPing, "p"),
		serverFrame(t, true, ws.OpContinuation, "halves\n"), serverFrame(t, true, ws.OpText, strings.Repeat("y", 300)),
		serverFrame(t, true, ws.OpText, ""), serverFrame(t, true, ws.OpBinary, long), serverFrame(t, true, ws.OpPong, ""),
	} {
		stream = append(stream, frame...)
	}
	want := "one\ntwo <9 p>halves\n" + strings.Repeat("y", 300) + long + "<10 >"
	for _, size := range []int{1, 2, 3, 7, 1000, len(stream)} {
		var parser socket.Parser
		var sink heard
		for rest := stream; len(rest) > 0; {
			n := min(size, len(rest))
			if err := parser.Feed(rest[:n], &sink); err != nil {
				t.Fatal(err)
			}
			rest = rest[n:]
		}
		if got := sink.said.String(); got != want {
			t.Errorf("pieces of %d bytes: got %.80q", size, got)
		}
		if !parser.Clean() {
			t.Errorf("pieces of %d bytes: not between two messages at the end", size)
		}
	}
}

func TestWhatAServerMustNotSendIsAViolation(t *testing.T) {
	masked := socket.AppendFrame(nil, ws.OpText, []byte("x"))
	reserved := serverFrame(t, true, ws.OpText, "x")
	reserved[0] |= 0x40
	for name, stream := range map[string][]byte{
		"masked": masked, "reserved bits": reserved,
		"fragmented ping":          serverFrame(t, false, ws.OpPing, "x"),
		"unknown control":          serverFrame(t, true, 0xb, "x"),
		"unknown data":             serverFrame(t, true, 0x3, "x"),
		"continuation of nothing":  serverFrame(t, true, ws.OpContinuation, "x"),
		"message inside a message": append(serverFrame(t, false, ws.OpText, "x"), serverFrame(t, true, ws.OpText, "y")...),
		"impossible length":        {0x81, 127, 0xff, 0, 0, 0, 0, 0, 0, 0},
	} {
		var parser socket.Parser
		var violation *socket.ProtocolError
		if err := parser.Feed(stream, &heard{}); !errors.As(err, &violation) {
			t.Errorf("%s: error is %v", name, err)
		}
	}
}

func TestClientFramesAreReadBackAsTheyWere(t *testing.T) {
	for _, size := range []int{0, 1, 125, 126, 65_535, 65_536} {
		payload := bytes.Repeat([]byte("a"), size)
		room := append(make([]byte, socket.HeaderRoom), payload...)
		for _, encoded := range [][]byte{socket.AppendFrame(nil, ws.OpText, payload), socket.SealFrame(room, ws.OpText)} {
			header, err := ws.ReadHeader(bytes.NewReader(encoded))
			if err != nil || !header.Masked || header.OpCode != ws.OpText || !header.Fin || header.Length != int64(size) {
				t.Fatalf("%d bytes: header %+v, error %v", size, header, err)
			}
			got := encoded[len(encoded)-size:]
			if ws.Cipher(got, header.Mask, 0); !bytes.Equal(got, payload) {
				t.Errorf("%d bytes came back otherwise", len(got))
			}
		}
	}
}
