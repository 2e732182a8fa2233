package workload

import (
	"encoding/binary"
	"io"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gobwas/ws"
)

// yieldWriter gathers frames and writes them together. Before a write it yields once, so that goroutines that are ready
// to send do so first. If the yield takes long because others use the CPU, it stops yielding for a while. It never
// yields for one or two requests.
type yieldWriter struct {
	out     io.Writer
	waiting *atomic.Int64 // requests without a result
	wake    chan struct{}

	mu     sync.Mutex
	room   sync.Cond // queued has become shorter, or err is set
	queued []byte
	err    error

	spare   []byte
	patient time.Time // when to yield again
}

const (
	slowYield = 5 * time.Millisecond
	distrust  = 20      // times the length of a slow yield without another
	maxQueued = 1 << 20 // bytes; then callers wait
)

func newYieldWriter(out io.Writer, waiting *atomic.Int64) *yieldWriter {
	w := &yieldWriter{out: out, waiting: waiting, wake: make(chan struct{}, 1)}
	w.room.L = &w.mu
	return w
}

// write queues a line as a masked text message.
func (w *yieldWriter) write(line []byte) error {
	w.mu.Lock()
	for len(w.queued) >= maxQueued && w.err == nil {
		w.room.Wait()
	}
	first, err := len(w.queued) == 0, w.err
	if err == nil {
		w.queued = appendMasked(w.queued, line)
	}
	w.mu.Unlock()
	if first && err == nil {
		select {
		case w.wake <- struct{}{}:
		default:
		}
	}
	return err
}

// run writes what is queued, until the connection ends.
func (w *yieldWriter) run(ended <-chan struct{}) error {
	for {
		select {
		case <-w.wake:
		case <-ended:
			w.fail(ErrClosed)
			return ErrClosed
		}
		w.yield()
		frames := w.swap()
		if len(frames) == 0 {
			continue
		}
		if _, err := w.out.Write(frames); err != nil {
			w.fail(err)
			return err
		}
	}
}

// yield lets other goroutines run first, once, if that is worthwhile.
func (w *yieldWriter) yield() {
	if w.waiting.Load() <= 2 {
		return
	}
	begin := time.Now()
	if begin.Before(w.patient) {
		return
	}
	runtime.Gosched()
	if took := time.Since(begin); took > slowYield {
		w.patient = begin.Add(took + distrust*took)
	}
}

// swap takes what is queued, and leaves the buffer that was written before for reuse.
func (w *yieldWriter) swap() []byte {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.queued, w.spare = w.spare[:0], w.queued
	w.room.Broadcast()
	return w.spare
}

func (w *yieldWriter) fail(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.err = err
	w.room.Broadcast()
}

// appendMasked appends a line as a masked text message to dst.
func appendMasked(dst, line []byte) []byte {
	switch n := len(line); {
	case n < 126:
		dst = append(dst, 0x81, 0x80|byte(n))
	case n <= 0xffff:
		dst = binary.BigEndian.AppendUint16(append(dst, 0x81, 0x80|126), uint16(n))
	default:
		dst = binary.BigEndian.AppendUint64(append(dst, 0x81, 0x80|127), uint64(n))
	}
	var mask [4]byte
	binary.NativeEndian.PutUint32(mask[:], rand.Uint32())
	dst = append(dst, mask[:]...)
	at := len(dst)
	dst = append(dst, line...)
	ws.Cipher(dst[at:], mask, 0)
	return dst
}
