package check

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gobwas/ws"
	json "github.com/goccy/go-json"

	"hermod/wire"
)

const (
	// maxMessage bounds what is read of one message, and of one line.
	maxMessage = wire.DefaultMaxFrame + 1<<20
	// maxSeen and maxHeld bound the frames that one link keeps for a check, and their bytes; maxOddities bounds what
	// is kept beside them. A peer that sends more is not read any further.
	maxSeen, maxHeld, maxOddities = 10_000, 64 << 20, 1000
	// maxHellos bounds those that are kept beside.
	maxHellos = 64
	// lingerTime is how long a link that is closed waits for the peer's close frame.
	lingerTime = time.Second
)

var newline = []byte("\n")

// link is one WebSocket connection, of either end. A goroutine reads it; everything else belongs to the check.
type link struct {
	conn   net.Conn
	br     *bufio.Reader
	client bool // we are the client, so our frames are masked
	// largest is the size of the largest message that the peer may send, in bytes.
	largest int
	log     atomic.Pointer[transcript]

	// respond, if set, is called by the reader for each frame, before the check sees it.
	respond func(frame)
	// deaf leaves pings without an answer, and unread with a full channel.
	deaf atomic.Bool

	arriving chan item
	done     chan struct{} // closed by hangUp: the reader may go
	read     chan struct{} // closed when the reader has gone
	hangOnce sync.Once

	writing chan struct{} // full while one writes: the check, or the reader with a pong
	closed  atomic.Bool   // a close frame was sent

	// These belong to the check.
	seen   []frame
	held   int     // bytes of seen
	hellos []frame // the first ones of the connection
	pongs  [][]byte
	pings  int
	// irregular are the faults of the peer's framing, in the order they were seen.
	irregular []irregularity
	oddities  int // what came besides frames
	ended     *ending
}

// item is what the reader hands to the check; one field is set.
type item struct {
	frame     *frame
	irregular *irregularity
	pong      []byte
	ping      bool
	ended     *ending
}

// irregularity is a fault of framing that the content does not show.
type irregularity struct {
	kind fault
	what string
}

type fault int

const (
	badMask     fault = iota // masked by a server, or not masked by a client
	badShape                 // not one whole line in one text message
	badSize                  // more than the peer may send
	badProtocol              // not allowed by RFC 6455
)

// ending is how a link ended: by a close frame, or with an error of the connection.
type ending struct {
	code   int // 0 without a close frame
	reason string
	err    error
}

func (e *ending) String() string {
	if e == nil {
		return "the connection is still open"
	}
	if e.code != 0 {
		return fmt.Sprintf("a close frame %d %q", e.code, e.reason)
	}
	return fmt.Sprintf("the connection ended without a close frame (%v)", e.err)
}

// newLink takes over a connection after its upgrade; br may hold what came with it. start must follow.
func newLink(conn net.Conn, br *bufio.Reader, client bool, log *transcript) *link {
	if br == nil {
		br = bufio.NewReader(conn)
	}
	l := &link{conn: conn, br: br, client: client, largest: wire.MaxGatewayFrame,
		writing:  make(chan struct{}, 1),
		arriving: make(chan item, 64), done: make(chan struct{}), read: make(chan struct{})}
	l.log.Store(log)
	return l
}

func (l *link) start() { go l.readLoop() }

func (l *link) readLoop() {
	defer close(l.read)
	lines := wire.NewLineBuffer(maxMessage)
	fragments := 0
	for {
		h, payload, err := l.readFrame()
		if err != nil {
			l.hand(item{ended: &ending{err: err}})
			return
		}
		if h.Masked == l.client {
			l.report(badMask, "a frame with masked=%t", h.Masked)
		}
		if h.Rsv != 0 {
			l.report(badProtocol, "a frame with reserved bits")
		}
		switch h.OpCode {
		case ws.OpPing:
			l.hand(item{ping: true})
			if !l.deaf.Load() {
				l.write(ws.OpPong, true, payload)
			}
			continue
		case ws.OpPong:
			l.hand(item{pong: payload})
			continue
		case ws.OpClose:
			l.takeClose(payload)
			return
		}
		if !h.Fin || h.OpCode == ws.OpContinuation {
			fragments++
			l.report(badShape, "a fragmented message")
		}
		l.inspect(h, payload)
		if h.Fin && json.Valid(payload) && !bytes.HasSuffix(payload, newline) {
			payload = append(payload, '\n') // its own fault, and no reason to take the frame for none
		}
		if err := lines.Feed(payload, l.take); err != nil {
			l.hand(item{ended: &ending{err: err}})
			return
		}
	}
}

// readFrame reads one frame and notes it in the transcript.
func (l *link) readFrame() (ws.Header, []byte, error) {
	h, err := ws.ReadHeader(l.br)
	if err != nil {
		return h, nil, err
	}
	if h.Length > maxMessage {
		return h, nil, fmt.Errorf("a message of %d bytes", h.Length)
	}
	var payload bytes.Buffer // grows with what comes, not with what the header says
	if _, err := io.CopyN(&payload, l.br, h.Length); err != nil {
		return h, nil, fmt.Errorf("within a frame: %w", err)
	}
	if h.Masked {
		ws.Cipher(payload.Bytes(), h.Mask, 0)
	}
	l.log.Load().noteCame(describe(h.OpCode, payload.Bytes()))
	return h, payload.Bytes(), nil
}

// inspect reports what a sender of whole lines does not do.
func (l *link) inspect(h ws.Header, payload []byte) {
	if h.Fin && h.OpCode != ws.OpContinuation {
		switch {
		case h.OpCode != ws.OpText:
			l.report(badShape, "a message of type %x, not text", byte(h.OpCode))
		case !bytes.HasSuffix(payload, newline):
			l.report(badShape, "a message that does not end with a newline")
		case bytes.Count(payload, newline) > 1:
			l.report(badShape, "a message of %d lines", bytes.Count(payload, newline))
		}
	}
	if len(payload) > l.largest {
		l.report(badSize, "a message of %d bytes", len(payload))
	}
}

func (l *link) take(line []byte) {
	f := parseFrame(bytes.Clone(line))
	if l.respond != nil {
		l.respond(f)
	}
	l.hand(item{frame: &f})
}

// takeClose answers a close frame with its own code, unless ours came first.
func (l *link) takeClose(payload []byte) {
	closed, reply := wire.ParseClose(payload)
	if !l.closed.Load() {
		l.write(ws.OpClose, true, ws.NewCloseFrameBody(ws.StatusCode(reply), ""))
	}
	l.hand(item{ended: &ending{code: closed.Code, reason: closed.Reason}})
}

func (l *link) report(kind fault, format string, args ...any) {
	l.hand(item{irregular: &irregularity{kind, fmt.Sprintf(format, args...)}})
}

func (l *link) hand(it item) {
	select {
	case l.arriving <- it:
	case <-l.done:
	}
}

// hangUp drops the connection without a word.
func (l *link) hangUp() {
	l.hangOnce.Do(func() {
		close(l.done)
		_ = l.conn.Close()
	})
	<-l.read
	if l.ended == nil {
		l.ended = &ending{err: net.ErrClosed}
	}
}

// leave closes the link with a code, waits for the peer's answer, and hangs up.
func (l *link) leave(code int, reason string) {
	l.write(ws.OpClose, true, ws.NewCloseFrameBody(ws.StatusCode(code), reason))
	over := time.After(lingerTime)
	for l.ended == nil {
		select {
		case it := <-l.arriving:
			l.ended = it.ended
		case <-over:
			l.hangUp()
			return
		}
	}
	l.hangUp()
}
