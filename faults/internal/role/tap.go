package role

import (
	"bytes"
	"encoding/json"
	"net"
	"strings"

	"github.com/gobwas/ws"

	"hermod/faults/internal/journal"
)

// tap is a connection of the connector that notes deliveries that leave and acknowledgements that come: what was said
// on the wire, whatever the connector thinks of it.
type tap struct {
	net.Conn
	in, out *listener
}

func newTap(conn net.Conn, notes *journal.Writer) *tap {
	return &tap{Conn: conn, in: &listener{notes: notes}, out: &listener{notes: notes}}
}

// Read implements net.Conn.
func (t *tap) Read(b []byte) (int, error) {
	n, err := t.Conn.Read(b)
	t.in.hear(b[:n])
	return n, err
}

// Write implements net.Conn.
func (t *tap) Write(b []byte) (int, error) {
	t.out.hear(b) // before the peer can answer
	return t.Conn.Write(b)
}

// listener reads one direction: the head of an upgrade, then WebSocket frames.
type listener struct {
	notes    *journal.Writer
	rest     []byte
	upgraded bool
	deaf     bool // it is no WebSocket connection
}

func (l *listener) hear(b []byte) {
	if l.deaf {
		return
	}
	l.rest = append(l.rest, b...)
	if !l.upgraded {
		head, rest, complete := bytes.Cut(l.rest, []byte("\r\n\r\n"))
		if !complete {
			return
		}
		if !strings.Contains(strings.ToLower(string(head)), "upgrade: websocket") {
			l.deaf, l.rest = true, nil
			return
		}
		l.upgraded, l.rest = true, rest
	}
	for {
		reader := bytes.NewReader(l.rest)
		header, err := ws.ReadHeader(reader)
		if err != nil || int64(reader.Len()) < header.Length {
			return
		}
		start := len(l.rest) - reader.Len()
		payload := bytes.Clone(l.rest[start : start+int(header.Length)])
		l.rest = l.rest[start+int(header.Length):]
		if header.Masked {
			ws.Cipher(payload, header.Mask, 0)
		}
		if header.OpCode == ws.OpText {
			l.note(payload)
		}
	}
}

// note takes a message, which is one frame of the protocol, as both halves write it.
func (l *listener) note(message []byte) {
	var f struct {
		Type     string `json:"type"`
		BufferID string `json:"bufferId"`
		Event    struct {
			MessageID string `json:"message_id"`
		} `json:"event"`
		Forward struct {
			Path string `json:"path"`
		} `json:"forward"`
	}
	if json.Unmarshal(message, &f) != nil || f.BufferID == "" {
		return
	}
	switch f.Type {
	case "inbound":
		l.notes.Note(journal.Sent, f.Event.MessageID, f.BufferID)
	case "passthrough_forward":
		l.notes.Note(journal.Sent, strings.TrimPrefix(f.Forward.Path, "/"), f.BufferID)
	case "inbound_ack":
		l.notes.Note(journal.Acked, "", f.BufferID)
	}
}
