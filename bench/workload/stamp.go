package workload

import (
	"bytes"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// An event of Silence has the moment when it was sent as its chat, so that every client hands it to the handler without
// knowing of it. Both processes are on one machine, and read one clock.
const stampDigits = 19 // nanoseconds since 1970, until 2286

// stamped is a message that is stamped before each write. It belongs to one goroutine.
type stamped struct {
	message []byte
	at      int // where the digits are
}

func newStamped(s Spec) *stamped {
	blank := strings.Repeat("0", stampDigits)
	message := textMessage(eventLine(s, blank, 0))
	before := []byte(`"chat_id":"`)
	return &stamped{message, bytes.Index(message, append(before, blank...)) + len(before)}
}

// now is the message, stamped with the present; it is valid until the next call.
func (m *stamped) now() []byte {
	strconv.AppendInt(m.message[:m.at], time.Now().UnixNano(), 10)
	return m.message
}

// arrivals notes how long stamped events took from the peer's write to the handler.
type arrivals struct {
	took        []int64 // ns
	began, done atomic.Int64
}

// note takes an event's chat. It may be called from any goroutine; events beyond the length of took are left out.
func (a *arrivals) note(chat string) {
	now := time.Now().UnixNano()
	sent, err := strconv.ParseInt(chat, 10, 64)
	if i := int(a.began.Add(1)) - 1; err == nil && i < len(a.took) {
		a.took[i] = max(1, now-sent)
		a.done.Add(1)
	}
}

// complete says whether all have come; took may be read then.
func (a *arrivals) complete() bool { return int(a.done.Load()) == len(a.took) }
