package wire

// SourceMessageID returns the message that the event is about: Source.MessageID, else MessageID. Some connectors send
// only one of the two.
func (e *Event) SourceMessageID() string { return firstOf(e.Source.MessageID, e.MessageID) }

// Thread returns the thread that the event belongs to and is answered in, which goes into the answer's
// metadata.thread_id: the source's own. On Slack a message outside of threads begins one, which has the message's id,
// unless o.SharedSlackChats is set.
func (e *Event) Thread(o SessionKeyOptions) string {
	if e.Source.ThreadID != "" || e.Source.Platform != slack || o.SharedSlackChats {
		return e.Source.ThreadID
	}
	return firstOf(e.MessageID, e.Source.MessageID)
}

// SessionKey returns the name of the session that the event belongs to: SessionKey of its source in its Thread.
func (e *Event) SessionKey(o SessionKeyOptions) string { return string(e.AppendSessionKey(nil, o)) }

// AppendSessionKey appends the session's name, as SessionKey returns it, to dst.
func (e *Event) AppendSessionKey(dst []byte, o SessionKeyOptions) []byte {
	thread := e.Thread(o)
	if thread == e.Source.ThreadID {
		return AppendSessionKey(dst, &e.Source, o)
	}
	source := e.Source
	source.ThreadID = thread
	return AppendSessionKey(dst, &source, o)
}
