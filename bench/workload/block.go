package workload

import (
	"fmt"
	"strings"

	"github.com/gobwas/ws"

	"hermod/wire"
)

// blockSize is how much the peer writes at once.
const blockSize = 64 << 10

// block is a piece of the peer's stream, made once and written repeatedly.
type block struct {
	bytes  []byte
	ends   []int // of each message in bytes
	frames int   // of all messages
	batch  int   // frames a message
}

// newBlock makes at least size bytes of messages with batch frames each, from the chats in turn.
func newBlock(s Spec, size, chats int) *block {
	b := &block{batch: s.Batch}
	for len(b.bytes) < size || b.frames%chats != 0 {
		var payload []byte
		for range s.Batch {
			payload = append(payload, eventLine(s, fmt.Sprintf("chat-%02d", b.frames%chats), b.frames)...)
			b.frames++
		}
		b.bytes = append(b.bytes, textMessage(payload)...)
		b.ends = append(b.ends, len(b.bytes))
	}
	return b
}

// message returns the i-th message, modulo their number.
func (b *block) message(i int) []byte {
	i %= len(b.ends)
	from := 0
	if i > 0 {
		from = b.ends[i-1]
	}
	return b.bytes[from:b.ends[i]]
}

// eventLine is an event of s.Size bytes. It has no message id, so that no copy of it counts as a duplicate.
func eventLine(s Spec, chat string, i int) []byte {
	event := fmt.Sprintf(`{"text":"%%s","message_type":"text","message_id":"","source":{"platform":"discord","chat_id":"%s",`+
		`"chat_type":"group","chat_name":"general","user_id":"u-%s","user_name":"someone","thread_id":null,"chat_topic":null,`+
		`"message_id":"m-%04d","guild_id":"g-1"}}`, chat, chat, i)
	bufferID := ""
	if s.Scenario == InboundAcks {
		bufferID = fmt.Sprintf("17187946%05d-0", i)
	}
	bare := wire.AppendInbound(nil, fmt.Appendf(nil, event, ""), bufferID)
	return wire.AppendInbound(nil, fmt.Appendf(nil, event, strings.Repeat("x", max(0, s.Size-len(bare)))), bufferID)
}

func textMessage(payload []byte) []byte { return ws.MustCompileFrame(ws.NewTextFrame(payload)) }
