package actors

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"
)

// discardLogger is the logger of whoever has none.
var discardLogger = slog.New(slog.DiscardHandler)

// maxLogLines is how many log lines may wait for their Logger. Further ones are dropped, and counted in a later line.
const maxLogLines = 4096

// logPatience is how long the end of an engine waits for a Logger that finishes no line.
const logPatience = time.Second

// logQueue has the lines of an engine's relays written in order on a goroutine, which is there only while lines wait. A
// Logger is code of the gateway: it may block, or ask the very relay that logs, so no actor may call it. The queue has
// no end of its own, since relays under a parent of their own outlive the engine.
type logQueue struct {
	lines   chan *logLine
	writing atomic.Bool   // the goroutine is there
	done    atomic.Uint64 // lines that their Logger is done with
	dropped atomic.Uint64 // lines that found the queue full and that no other line tells of yet
}

func newLogQueue() *logQueue { return &logQueue{lines: make(chan *logLine, maxLogLines)} }

// logLine is one line on its way, or a mark that is closed when every line before it was written.
type logLine struct {
	ctx     context.Context
	handler logHandler
	record  slog.Record
	mark    chan struct{} // nil for a line
}

// behind returns a logger whose lines go through the queue, once.
func (q *logQueue) behind(logger *slog.Logger) *slog.Logger {
	if logger == nil || logger == discardLogger {
		return discardLogger
	}
	if queued, ok := logger.Handler().(logHandler); ok && queued.queue == q {
		return logger
	}
	return slog.New(logHandler{queue: q, next: logger.Handler()})
}

func (q *logQueue) add(line *logLine) {
	select {
	case q.lines <- line:
		q.start()
	default:
		q.dropped.Add(1)
	}
}

func (q *logQueue) start() {
	if q.writing.CompareAndSwap(false, true) {
		go q.write()
	}
}

// write writes until no line is left. A Logger that ends the goroutine ends only the writing of its line.
func (q *logQueue) write() {
	defer func() {
		q.writing.Store(false)
		if len(q.lines) > 0 {
			q.start()
		}
	}()
	for {
		select {
		case line := <-q.lines:
			q.writeLine(line)
		default:
			return
		}
	}
}

func (q *logQueue) writeLine(line *logLine) {
	if line.mark != nil {
		close(line.mark)
		return
	}
	defer q.done.Add(1)
	_ = Guard(func() error { // a Logger that panics has no other place to say so
		logger := line.handler.derived()
		_ = logger.Handle(line.ctx, line.record)
		if dropped := q.dropped.Swap(0); dropped > 0 {
			record := slog.NewRecord(time.Now(), slog.LevelWarn, "log lines were dropped", 0)
			record.AddAttrs(slog.Uint64("count", dropped))
			_ = logger.Handle(line.ctx, record)
		}
		return nil
	})
}

// flush returns when what was logged before is written, or when ctx ends with its error. It gives up, without one, on a
// Logger that finishes no line in logPatience.
func (q *logQueue) flush(ctx context.Context) error {
	lines, mark := q.lines, &logLine{mark: make(chan struct{})}
	tick := time.NewTicker(logPatience)
	defer tick.Stop()
	for before := q.done.Load(); ; {
		select {
		case lines <- mark:
			lines = nil
			q.start()
		case <-mark.mark:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
			now := q.done.Load()
			if now == before {
				return nil
			}
			before = now
		}
	}
}

// logHandler puts lines into a queue. It asks the gateway's handler at once only whether a level is enabled.
type logHandler struct {
	queue  *logQueue
	next   slog.Handler                    // the gateway's
	derive func(slog.Handler) slog.Handler // adds attributes and groups to next, nil when there are none
}

// Enabled implements slog.Handler.
func (h logHandler) Enabled(ctx context.Context, level slog.Level) bool {
	return h.next.Enabled(ctx, level)
}

// Handle implements slog.Handler.
func (h logHandler) Handle(ctx context.Context, record slog.Record) error {
	h.queue.add(&logLine{ctx: ctx, handler: h, record: record.Clone()})
	return nil
}

// narrower is a handler that wants more lines of some relays than of others. It is asked at once, as Enabled is.
type narrower interface {
	// Narrow returns the handler to ask whether a line with these attributes is enabled.
	Narrow(attrs []slog.Attr) slog.Handler
}

// WithAttrs implements slog.Handler.
func (h logHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	derived := h.with(func(next slog.Handler) slog.Handler { return next.WithAttrs(attrs) })
	if n, ok := derived.next.(narrower); ok {
		derived.next = n.Narrow(attrs)
	}
	return derived
}

// WithGroup implements slog.Handler.
func (h logHandler) WithGroup(name string) slog.Handler {
	return h.with(func(next slog.Handler) slog.Handler { return next.WithGroup(name) })
}

func (h logHandler) with(add func(slog.Handler) slog.Handler) logHandler {
	if before := h.derive; before != nil {
		h.derive = func(next slog.Handler) slog.Handler { return add(before(next)) }
	} else {
		h.derive = add
	}
	return h
}

func (h logHandler) derived() slog.Handler {
	if h.derive == nil {
		return h.next
	}
	return h.derive(h.next)
}
