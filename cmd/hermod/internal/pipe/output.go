package pipe

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
)

var errFinished = errors.New("the output has ended")

// coalesceSize is how much is gathered for one write, in bytes.
const coalesceSize = 64 << 10

// recorder owns an output and writes whole lines to it, from a goroutine of its own: each at once,
// or together with those that came while it was busy. The first error ends it for good. What waits
// for a write waits in its callers, so it is bounded by their number.
type recorder struct {
	name   string // of the output, for errors
	queue  chan outputLine
	ending chan []byte   // takes the last line
	done   chan struct{} // closed when nothing is written any more
	failed context.Context
	cancel context.CancelCauseFunc

	last    []byte // the line written last; the goroutine's own, as are the following
	buffer  []byte
	waiting []chan<- struct{}
}

// outputLine is one record; written is closed when it is out.
type outputLine struct {
	line    []byte
	written chan struct{}
}

func newRecorder(w io.Writer, name string) *recorder {
	r := &recorder{name: name, queue: make(chan outputLine), ending: make(chan []byte, 1), done: make(chan struct{})}
	r.failed, r.cancel = context.WithCancelCause(context.Background())
	go r.run(w)
	return r
}

// put writes a line, which must end in a line break and not change any more, and returns once it is
// out, or the output has failed, or ctx has ended; then it may still get out.
func (r *recorder) put(ctx context.Context, line []byte) error {
	rec := outputLine{line: line, written: make(chan struct{})}
	select {
	case r.queue <- rec:
	case <-r.failed.Done():
		return r.err()
	case <-r.done:
		return cmp.Or(r.err(), errFinished) // one that failed is finished, too
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case <-rec.written:
		return nil
	case <-r.failed.Done():
		return r.err()
	case <-ctx.Done():
		return ctx.Err()
	}
}

// finish writes the last line unless it stands there already, and returns the output's error. Every
// later put fails.
func (r *recorder) finish(last []byte) error {
	r.ending <- last
	select {
	case <-r.done:
	case <-r.failed.Done():
	}
	return r.err()
}

// fail ends the recorder, also while it hangs in a write; only the first error counts.
func (r *recorder) fail(err error) { r.cancel(err) }

// err is what ended the recorder, nil as long as it works.
func (r *recorder) err() error { return context.Cause(r.failed) }

func (r *recorder) run(w io.Writer) {
	defer close(r.done)
	for r.err() == nil {
		select {
		case rec := <-r.queue:
			r.gather(rec)
			r.flush(w)
		case last := <-r.ending:
			if !bytes.Equal(last, r.last) {
				r.buffer = append(r.buffer, last...)
				r.flush(w)
			}
			return
		case <-r.failed.Done():
			return
		}
	}
}

// gather takes a record and those that wait behind it.
func (r *recorder) gather(rec outputLine) {
	for {
		r.buffer = append(r.buffer, rec.line...)
		r.waiting = append(r.waiting, rec.written)
		r.last = rec.line
		if len(r.buffer) >= coalesceSize {
			return
		}
		select {
		case rec = <-r.queue:
		default:
			return
		}
	}
}

func (r *recorder) flush(w io.Writer) {
	if _, err := w.Write(r.buffer); err != nil {
		r.fail(fmt.Errorf("writing %s: %w", r.name, err))
		return
	}
	for _, written := range r.waiting {
		close(written)
	}
	r.waiting = r.waiting[:0]
	r.buffer = r.buffer[:0]
	if cap(r.buffer) > 4*coalesceSize {
		r.buffer = nil
	}
}
