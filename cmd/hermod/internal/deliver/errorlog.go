package deliver

import (
	"bytes"
	"log/slog"
	"sync"
	"time"
)

const (
	// maxErrorLine is how much of a line of a process's standard error is logged, in bytes.
	maxErrorLine = 4 << 10
	// errorLineBurst is how many lines of a bot's processes are logged at once, after which errorLineRate a second are.
	errorLineBurst = 200
	errorLineRate  = 10
	// tellDropped is how often a process that writes more is told of.
	tellDropped = 10 * time.Second
)

// errorLog logs what the processes of a bot write to their standard error, as long as that is not too much. Its methods
// may be called from any goroutine.
type errorLog struct {
	log    *slog.Logger
	report func(dropped uint64) // is told of lines that were not logged

	mu      sync.Mutex
	allowed float64 // how many lines may be logged, as of
	since   time.Time
	dropped uint64      // since that was told
	telling *time.Timer // nil while nothing was dropped
}

func newErrorLog(log *slog.Logger, report func(dropped uint64)) *errorLog {
	return &errorLog{log: log, report: report, allowed: errorLineBurst, since: time.Now()}
}

func (e *errorLog) add(line []byte) {
	e.mu.Lock()
	defer e.mu.Unlock()
	now := time.Now()
	e.allowed = min(errorLineBurst, e.allowed+errorLineRate*now.Sub(e.since).Seconds())
	e.since = now
	if e.allowed >= 1 {
		e.allowed--
		e.log.Info("the process says", "line", string(line))
		return
	}
	e.dropped++
	if e.telling == nil {
		e.telling = time.AfterFunc(tellDropped, e.tell)
	}
}

// tell says how many lines were dropped.
func (e *errorLog) tell() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.telling == nil {
		return
	}
	e.telling.Stop()
	e.telling = nil
	e.log.Warn("the process writes more to its standard error than is logged", "lines_dropped", e.dropped)
	e.report(e.dropped)
	e.dropped = 0
}

// errorLines cuts the standard error of one process into lines.
type errorLines struct {
	log  *errorLog
	line []byte
}

// Write takes all of p.
func (e *errorLines) Write(p []byte) (int, error) {
	for piece := range bytes.Lines(p) {
		e.line = append(e.line, piece[:min(len(piece), maxErrorLine-min(len(e.line), maxErrorLine))]...)
		if bytes.HasSuffix(piece, []byte("\n")) {
			e.log.add(bytes.TrimRight(e.line, "\r\n"))
			e.line = e.line[:0]
		}
	}
	return len(p), nil
}
