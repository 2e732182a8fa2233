package wire

import "unicode/utf8"

// shareLimit is the longest line whose memory short strings of an event share: a string that is kept keeps the whole
// line in memory. A string that is more than half of its line shares it always.
const shareLimit = 16 << 10

// EventReader reads many inbound frames with less work than Decoder.Inbound for each, since it remembers in which order
// their members came. The zero value is ready; it belongs to one goroutine.
type EventReader struct {
	frame, event, source memberOrder
	platform             string // of the event before, one of KnownPlatforms; "" at first
}

// platformOf is Decoder.platform. Most events come from the platform that the one before came from.
func (r *EventReader) platformOf(d *Decoder, spelt string) string {
	if spelt == r.platform && spelt != "" {
		return r.platform
	}
	if known, ok := platformNames[spelt]; ok && known == spelt {
		r.platform = known
		return known
	}
	return d.platform(spelt)
}

// scanInbound reads an inbound frame into ev, a zero Event, whose strings may share the line's memory. It returns false
// for a frame that must be read patiently; ev is then undefined.
func (r *EventReader) scanInbound(line []byte, ev *Event) (bufferID string, ok bool) {
	if !utf8.Valid(line) {
		return "", false
	}
	s := scan{line: line}
	found := false
	for name, ok := s.first(&r.frame); ok; name, ok = s.following(name, &r.frame) {
		switch name {
		case nameEvent:
			if found {
				*ev = Event{} // the last one counts
			}
			found = true
			r.scanEvent(&s, ev)
		case nameBufferID:
			bufferID = s.bufferID()
		default:
			s.value()
		}
	}
	return bufferID, found && s.complete()
}

// scanAlone is scanInbound for an event alone.
func (r *EventReader) scanAlone(obj []byte, ev *Event) bool {
	s := scan{line: obj}
	if !utf8.Valid(obj) {
		return false
	}
	r.scanEvent(&s, ev)
	return s.complete()
}

func (s *scan) bufferID() string {
	if s.next() == '"' {
		return s.text()
	}
	return bufferIDOf(s.value())
}

func (r *EventReader) scanEvent(s *scan, ev *Event) {
	s.next()
	start, hasSource := s.at, false
	for name, ok := s.first(&r.event); ok; name, ok = s.following(name, &r.event) {
		switch name {
		case nameText:
			ev.Text = s.text()
		case nameMessageType:
			ev.MessageType = s.messageType()
		case nameMessageID:
			ev.MessageID = s.text()
		case nameReplyToMessageID:
			ev.ReplyToMessageID = s.text()
		case nameSource:
			if hasSource {
				ev.Source = Source{}
			}
			hasSource = true
			r.scanSource(s, &ev.Source)
		case nameMediaURLs, nameMedia, nameReplyTo, nameContext, nameContextError, namePromptResponse:
			s.extra(name, ev)
		default:
			s.value()
		}
	}
	ev.raw = sameMemory(s.line[start:s.at])
}

func (r *EventReader) scanSource(s *scan, src *Source) {
	if s.next() == 'n' {
		s.word("null")
		return
	}
	for name, ok := s.first(&r.source); ok; name, ok = s.following(name, &r.source) {
		switch field := src.field(name); {
		case field != nil:
			*field = s.text()
		case name >= firstRare && name <= lastRare:
			s.sourceExtra(name, src)
		default:
			s.value()
		}
	}
}

// field returns the field of that name that most sources have, else nil.
func (s *Source) field(name memberName) *string {
	switch name {
	case namePlatform:
		return &s.Platform
	case nameChatID:
		return &s.ChatID
	case nameChatType:
		return &s.ChatType
	case nameChatName:
		return &s.ChatName
	case nameUserID:
		return &s.UserID
	case nameUserName:
		return &s.UserName
	case nameUserDisplayName:
		return &s.UserDisplayName
	case nameUserHandle:
		return &s.UserHandle
	case nameThreadID:
		return &s.ThreadID
	case nameMessageID:
		return &s.MessageID
	case nameScopeID:
		return &s.ScopeID
	case nameGuildID:
		return &s.GuildID
	}
	return nil
}

func (s *scan) messageType() MessageType {
	if s.next() == '"' {
		return messageType(MessageType(s.text()))
	}
	s.value()
	return ""
}

// text reads a value by the protocol's rule for strings: a string is itself, null is "", and any other value becomes
// the JSON text that was sent.
func (s *scan) text() string {
	if c := s.next(); c != '"' {
		if c == 'n' && s.skip("null") {
			return ""
		}
		return s.otherText()
	}
	rest := s.line[s.at+1:]
	end := plainLength(rest)
	if end == len(rest) || rest[end] != '"' {
		return s.otherText()
	}
	s.at += end + 2
	return s.string(rest[:end])
}

// otherText is text for what is not a string, or one that has an escape.
func (s *scan) otherText() string {
	raw := s.value()
	if len(raw) > 0 && (raw[0] == '-' || isDigit(raw[0])) {
		return s.string(raw)
	}
	return text(raw)
}

// string returns a part of the line as a string, with memory of its own if the line is too long for it.
func (s *scan) string(part []byte) string {
	if len(s.line) > shareLimit && len(part) <= len(s.line)/2 {
		return string(part)
	}
	return sameMemory(part)
}
