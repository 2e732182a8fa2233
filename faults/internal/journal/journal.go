package journal

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

// Kind says what an entry is about.
type Kind string

// What is noted.
const (
	Start     Kind = "start"     // a life of the process begins; Detail is its process id
	Sent      Kind = "sent"      // the connector sent a delivery; Detail is its buffer id
	Acked     Kind = "acked"     // the connector read an acknowledgement; Detail is the buffer id
	Applied   Kind = "applied"   // the connector applied an action
	Begin     Kind = "begin"     // a handler got a delivery
	OK        Kind = "ok"        // it is about to say that it handled it
	Confirmed Kind = "confirmed" // whoever it said so to has confirmed that
	Dead      Kind = "dead"      // the delivery was given up, and is kept
	Asked     Kind = "asked"     // a request begins
	Answered  Kind = "answered"  // it has resolved; Detail is the outcome
)

// Entry is one line.
type Entry struct {
	At     int64  `json:"at"`  // nanoseconds of the machine's monotonic clock, since others jump
	Who    string `json:"who"` // the process
	Kind   Kind   `json:"kind"`
	ID     string `json:"id,omitempty"` // of the delivery or the request
	Detail string `json:"detail,omitempty"`
	Conn   int64  `json:"conn,omitempty"` // the connector's connection that carried it, from 1 in each life
	Life   int    `json:"-"`              // which life of the process wrote it, from 1; the reader's
}

// Writer appends to the journal of one process. It may be used by any goroutine.
type Writer struct {
	who  string
	file *os.File
	conn int64
}

// Open opens the journal of a process, and begins a life in it.
func Open(path, who string) (*Writer, error) {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the journal: %w", err)
	}
	w := &Writer{who: who, file: file}
	w.Note(Start, "", fmt.Sprint(os.Getpid()))
	return w, nil
}

// On returns a writer to the same journal for what a connection carries.
func (w *Writer) On(conn int64) *Writer { return &Writer{w.who, w.file, conn} }

// Note writes an entry. A journal that cannot be written ends the process: its words would prove nothing.
func (w *Writer) Note(kind Kind, id, detail string) {
	var now unix.Timespec
	err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &now)
	var line []byte
	if err == nil {
		line, err = json.Marshal(Entry{At: now.Nano(), Who: w.who, Kind: kind, ID: id, Detail: detail, Conn: w.conn})
	}
	if err == nil {
		_, err = w.file.Write(append(line, '\n'))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "write the journal:", err)
		os.Exit(1)
	}
}

// Reader follows one journal. It belongs to one goroutine.
type Reader struct {
	path string
	file *os.File
	rest []byte
	life int
}

// Follow returns a reader of a journal that may not be there yet.
func Follow(path string) *Reader { return &Reader{path: path} }

// Next returns what was written since the last call. A line without an end is left for later.
func (r *Reader) Next() ([]Entry, error) {
	if r.file == nil {
		file, err := os.Open(r.path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, nil
		}
		if err != nil {
			return nil, fmt.Errorf("read a journal: %w", err)
		}
		r.file = file
	}
	text, err := io.ReadAll(r.file)
	if err != nil {
		return nil, fmt.Errorf("read a journal: %w", err)
	}
	text = append(r.rest, text...)
	end := bytes.LastIndexByte(text, '\n') + 1
	r.rest = bytes.Clone(text[end:])
	var entries []Entry
	for line := range bytes.Lines(text[:end]) {
		var e Entry
		if err := json.Unmarshal(line, &e); err != nil {
			return nil, fmt.Errorf("read %s: %q: %w", r.path, line, err)
		}
		if e.Kind == Start {
			r.life++
		}
		e.Life = r.life
		entries = append(entries, e)
	}
	return entries, nil
}

// Close lets go of the file.
func (r *Reader) Close() {
	if r.file != nil {
		_ = r.file.Close()
	}
}

// Close lets go of the file.
func (w *Writer) Close() { _ = w.file.Close() }
