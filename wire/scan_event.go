package wire

import "unicode/utf8"

// shareLimit is the longest line whose memory short strings of an event share: a string that is kept keeps the whole
// line in memory. A string that is more than half of its line shares it always.
const shareLimit = 16 << 10

// maxScanItems is how many items the scan reads of a list: the patient way knows how many there are before it takes
// memory for them.
const maxScanItems = 64

// scanInbound reads an inbound frame into ev, a zero Event, whose strings may share the line's memory. It returns false
// for a frame that must be read patiently; ev is then undefined.
func scanInbound(line []byte, ev *Event) (bufferID string, ok bool) {
	if !utf8.Valid(line) {
		return "", false
	}
	s := scan{line: line}
	found := false
	for more := s.open('{', '}'); more; more = s.more('}') {
		switch string(s.name()) {
		case "event":
			if found {
				*ev = Event{} // the last one counts
			}
			found = true
			s.event(ev)
		case "bufferId":
			bufferID = s.bufferID()
		default:
			s.value()
		}
	}
	return bufferID, found && s.complete()
}

// scanEvent is scanInbound for an event alone.
func scanEvent(obj []byte, ev *Event) bool {
	s := scan{line: obj}
	if !utf8.Valid(obj) {
		return false
	}
	s.event(ev)
	return s.complete()
}

func (s *scan) bufferID() string {
	if s.next() == '"' {
		return s.text()
	}
	return bufferIDOf(s.value())
}

func (s *scan) event(ev *Event) {
	hasSource := false
	for more := s.open('{', '}'); more; more = s.more('}') {
		switch string(s.name()) {
		case "text":
			ev.Text = s.text()
		case "message_type":
			ev.MessageType = s.messageType()
		case "message_id":
			ev.MessageID = s.text()
		case "reply_to_message_id":
			ev.ReplyToMessageID = s.text()
		case "media_urls":
			ev.MediaURLs = s.urls()
		case "media":
			ev.Media = s.media()
		case "source":
			if hasSource {
				ev.Source = Source{}
			}
			hasSource = true
			s.source(&ev.Source)
		case "reply_to":
			ev.ReplyTo = s.replyTo()
		case "context":
			ev.Context = s.value()
		case "context_error":
			ev.ContextError = truthy(s.value())
		case "prompt_response":
			ev.PromptResponse = s.value()
		default:
			s.value()
		}
	}
}

func (s *scan) source(src *Source) {
	if s.next() == 'n' {
		s.word("null")
		return
	}
	for more := s.open('{', '}'); more; more = s.more('}') {
		name := s.name()
		if field := src.textField(name); field != nil {
			*field = s.text()
		} else if string(name) == "auto_thread_created" {
			src.AutoThreadCreated = truthy(s.value())
		} else {
			s.value()
		}
	}
}

// textField returns the field of that name on the wire if it is a string, else nil.
func (s *Source) textField(name []byte) *string {
	switch string(name) {
	case "platform":
		return &s.Platform
	case "chat_id":
		return &s.ChatID
	case "chat_type":
		return &s.ChatType
	case "chat_name":
		return &s.ChatName
	case "user_id":
		return &s.UserID
	case "user_name":
		return &s.UserName
	case "user_display_name":
		return &s.UserDisplayName
	case "user_handle":
		return &s.UserHandle
	case "thread_id":
		return &s.ThreadID
	case "chat_topic":
		return &s.ChatTopic
	case "user_id_alt":
		return &s.UserIDAlt
	case "chat_id_alt":
		return &s.ChatIDAlt
	case "parent_chat_id":
		return &s.ParentChatID
	case "message_id":
		return &s.MessageID
	case "scope_id":
		return &s.ScopeID
	case "guild_id":
		return &s.GuildID
	case "profile":
		return &s.Profile
	case "auto_thread_initial_name":
		return &s.AutoThreadInitialName
	case "prospective_thread_id":
		return &s.ProspectiveThreadID
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

func (s *scan) replyTo() *ReplyTo {
	if s.next() == 'n' {
		s.word("null")
		return nil
	}
	if !s.open('{', '}') {
		return nil
	}
	r := &ReplyTo{}
	for more := true; more; more = s.more('}') {
		switch string(s.name()) {
		case "text":
			r.Text = s.text()
		case "author":
			r.Author = s.text()
		case "is_own":
			r.IsOwn = truthy(s.value())
		default:
			s.value()
		}
	}
	return r
}

func (s *scan) urls() []string {
	if s.next() != '[' {
		s.value()
		return nil
	}
	var urls []string
	items := 0
	for more := s.open('[', ']'); more; more = s.more(']') {
		if items++; items > maxScanItems {
			s.fail()
		}
		if s.next() == '"' {
			urls = append(urls, s.text())
		} else {
			s.value()
		}
	}
	return urls
}

func (s *scan) media() []Media {
	if s.next() != '[' {
		s.value()
		return nil
	}
	var media []Media
	items := 0
	for more := s.open('[', ']'); more; more = s.more(']') {
		if items++; items > maxScanItems {
			s.fail()
		}
		if s.next() != '{' {
			s.value()
		} else if m := s.attachment(); m.URL != "" {
			media = append(media, m)
		}
	}
	return media
}

func (s *scan) attachment() (m Media) {
	for more := s.open('{', '}'); more; more = s.more('}') {
		switch string(s.name()) {
		case "url":
			m.URL = ""
			if s.next() == '"' {
				m.URL = s.text()
			} else {
				s.value()
			}
		case "kind":
			m.Kind = s.text()
		case "mime":
			m.MIME = s.text()
		case "size":
			m.Size = sizeOf(s.value())
		case "filename":
			m.Filename = s.text()
		case "caption":
			m.Caption = s.text()
		default:
			s.value()
		}
	}
	return m
}

// text reads a value by the protocol's rule for strings: a string is itself, null is "", and any other value becomes
// the JSON text that was sent.
func (s *scan) text() string {
	c, start := s.next(), s.at
	switch {
	case c == '"':
		inner, plain := s.quoted()
		if plain {
			return s.string(inner)
		}
	case c == 'n':
		s.word("null")
		return ""
	case c == '-' || isDigit(c):
		return s.string(s.value())
	default:
		s.value()
	}
	if s.failed {
		return ""
	}
	return text(s.line[start:s.at])
}

// string returns a part of the line as a string, with memory of its own if the line is too long for it.
func (s *scan) string(part []byte) string {
	if len(s.line) > shareLimit && len(part) <= len(s.line)/2 {
		return string(part)
	}
	return sameMemory(part)
}
