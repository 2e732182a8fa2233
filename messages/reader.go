package messages

// ToReader is what a connection's read half understands.
type ToReader interface{ toReader() }

// ReadEnded says why nothing more can be read: always the reader's last word.
type ReadEnded struct{ Err error }

func (*ReadEnded) toReader() {}

// IgnoreDeadLetterLogging keeps the end of a connection that was left already out of the log.
func (*ReadEnded) IgnoreDeadLetterLogging() {}
