package messages

// quiet keeps a message that finds its recipient gone out of the framework's log of dead letters: whoever belongs to an
// older connection may speak after its end, and that is no news.
type quiet struct{}

// IgnoreDeadLetterLogging implements the framework's marker.
func (quiet) IgnoreDeadLetterLogging() {}
