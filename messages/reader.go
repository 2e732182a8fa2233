package messages

import "time"

// ToReader is what a connection's read half understands.
type ToReader interface{ toReader() }

// ReadEnded says why nothing more can be read, and when the connection got its first descriptor, if it did: always the
// reader's last word.
type ReadEnded struct {
	forReader
	Err    error
	Opened time.Time
}

type forReader struct{ quiet }

func (forReader) toReader() {}
