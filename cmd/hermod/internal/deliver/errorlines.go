package deliver

import (
	"bytes"
	"log/slog"
)

// maxErrorLine is how much of a line of a process's standard error is logged, in bytes.
const maxErrorLine = 4 << 10

// errorLines logs what a process writes to its standard error, line by line.
type errorLines struct {
	log  *slog.Logger
	line []byte
}

// Write takes all of p.
func (e *errorLines) Write(p []byte) (int, error) {
	for _, piece := range bytes.SplitAfter(p, []byte("\n")) {
		e.line = append(e.line, piece[:min(len(piece), maxErrorLine-min(len(e.line), maxErrorLine))]...)
		if bytes.HasSuffix(piece, []byte("\n")) {
			e.log.Info("the process says", "line", string(bytes.TrimRight(e.line, "\r\n")))
			e.line = e.line[:0]
		}
	}
	return len(p), nil
}
