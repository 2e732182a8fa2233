package messages

// ToReader is what a connection's read half understands.
type ToReader interface{ toReader() }

// ReadEnded says why nothing more can be read: always the reader's last word.
type ReadEnded struct {
	forReader
	Err error
}

type forReader struct{ quiet }

func (forReader) toReader() {}
