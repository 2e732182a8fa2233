package connector

import (
	"encoding/binary"
	"sync"

	"github.com/gobwas/ws"
)

// maxBatch is how many bytes of frames travel in one write, at least one frame.
const maxBatch = 64 << 10

// frame is one line for the gateway, or the payload of a ping. live numbers the delivery of that kind that the frame
// holds the only copy of; it is 0 for none. buffered is set if it holds one that is in the gateway's backlog.
type frame struct {
	data     []byte
	live     uint64
	buffered *entry
	kind     kind
	ping     bool
	raw      bool // data is the rest of a WebSocket frame
	room     *room
}

func (f *frame) op() ws.OpCode {
	if f.ping {
		return ws.OpPing
	}
	return ws.OpText
}

// held is how many bytes the frame keeps in memory.
func (f *frame) held() int {
	if f.room != nil {
		return len(f.room)
	}
	return len(f.data)
}

func (f *frame) appendTo(dst []byte) []byte {
	if f.raw {
		return append(dst, f.data...)
	}
	return appendFrame(dst, f.op(), f.data)
}

// ending says how a session ends; the first one requested counts.
type ending struct {
	how    endKind
	code   ws.StatusCode
	reason string
	blame  blame
}

type endKind uint8

const (
	endNone  endKind = iota
	endFlush         // write what waits, then a close frame
	endClose         // a close frame, ahead of what waits
	endCut           // half a frame, then the socket is dropped
	endDrop          // the socket is gone or useless
)

// outbox is what waits for a session's socket: pushed by anyone, taken by the session's writer.
type outbox struct {
	maxFrames, maxBytes int

	mu     sync.Mutex
	room   sync.Cond
	frames []frame
	bytes  int
	pong   []byte // the newest ping's payload, nil when none is owed
	pings  uint64 // numbered ones that were queued
	end    ending
	asleep bool // the writer waits for wake
	direct bool // somebody writes in its stead; see begin
	late   bool // the writer had something to do meanwhile
	wake   chan struct{}
}

func newOutbox(maxFrames, maxBytes int) *outbox {
	o := &outbox{maxFrames: maxFrames, maxBytes: maxBytes, wake: make(chan struct{}, 1)}
	o.room.L = &o.mu
	return o
}

// ping queues a ping with a number, which the gateway's answer repeats: it has read what was queued before then.
func (o *outbox) ping() uint64 {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.pings++
	o.pushLocked(frame{data: binary.BigEndian.AppendUint64(nil, o.pings), ping: true})
	return o.pings
}

// push queues f without a bound; false means that the session is ending. Its callers are bounded by the
// window or by awaitRoom.
func (o *outbox) push(f frame) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.pushLocked(f)
}

// offer queues f if there is room for it.
func (o *outbox) offer(f frame) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return !o.fullLocked(f.held()) && o.pushLocked(f)
}

func (o *outbox) pushLocked(f frame) bool {
	if o.end.how != endNone {
		return false
	}
	o.frames = append(o.frames, f)
	o.bytes += f.held()
	o.signalLocked()
	return true
}

func (o *outbox) fullLocked(more int) bool {
	return len(o.frames) >= o.maxFrames || (len(o.frames) > 0 && o.bytes+more > o.maxBytes)
}

// awaitRoom blocks while the queue is full and the session lives.
func (o *outbox) awaitRoom() {
	o.mu.Lock()
	defer o.mu.Unlock()
	for o.end.how == endNone && o.fullLocked(0) {
		o.room.Wait()
	}
}

// answerPing queues a pong; by RFC 6455 the newest ping replaces the earlier ones.
func (o *outbox) answerPing(payload []byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.pong = append(make([]byte, 0, len(payload)), payload...)
	o.signalLocked()
}

// finish requests the session's end and reports whether this call was the first.
func (o *outbox) finish(e ending) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.end.how != endNone {
		return false
	}
	o.end = e
	o.room.Broadcast()
	o.signalLocked()
	return true
}

// signalLocked wakes the writer if it sleeps.
func (o *outbox) signalLocked() {
	if !o.asleep || o.direct {
		return
	}
	o.asleep = false
	select {
	case o.wake <- struct{}{}:
	default:
	}
}

// take removes the frames for one write; what comes then gathers in spare, the array of frames that are written. When
// there is nothing to write, not even a ping, the next frame, or the end, wakes the writer. If the session ends in
// another way than endFlush, it returns nothing. free is false while somebody else writes: then the writer may not.
func (o *outbox) take(spare []frame, pingDue bool) (frames []frame, pong []byte, end ending, free bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.late = o.direct; o.direct {
		o.asleep = true
		return spare[:0], nil, ending{}, false
	}
	if o.end.how > endFlush {
		return nil, nil, o.end, true
	}
	n, size := 0, 0
	for n < len(o.frames) && (n == 0 || size+len(o.frames[n].data) <= maxBatch) {
		size += len(o.frames[n].data)
		o.bytes -= o.frames[n].held()
		n++
	}
	frames, o.frames = o.frames[:n:n], o.frames[n:]
	if len(o.frames) == 0 {
		o.frames = spare[:0]
	}
	pong, o.pong = o.pong, nil
	o.asleep = n == 0 && pong == nil && !pingDue
	o.room.Broadcast()
	return frames, pong, o.end, true
}

// rest removes everything that was not taken.
func (o *outbox) rest() []frame {
	o.mu.Lock()
	defer o.mu.Unlock()
	frames := o.frames
	o.frames, o.bytes = nil, 0
	return frames
}

// ended returns how the session ends.
func (o *outbox) ended() ending {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.end
}
