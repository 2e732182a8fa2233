package wire

// maxScanItems is how many items the scan reads of a list: the patient way knows how many there are before it takes
// memory for them.
const maxScanItems = 64

// extra reads one of the fields that few events have; for one that is empty it takes no memory.
func (s *scan) extra(name memberName, ev *Event) {
	x := ev.Extras()
	switch name {
	case nameMediaURLs:
		x.MediaURLs = s.urls()
	case nameMedia:
		x.Media = s.media()
	case nameReplyTo:
		x.ReplyTo = s.replyTo()
	case nameContext:
		x.Context = s.value()
	case nameContextError:
		x.ContextError = truthy(s.value())
	case namePromptResponse:
		x.PromptResponse = s.value()
	}
	x.normalize()
	switch {
	case x.empty():
		ev.extras = nil
	case ev.extras != nil:
		*ev.extras = x
	default:
		ev.SetExtras(x)
	}
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

// sourceExtra reads one of the fields that few sources have; for one that is empty it takes no memory.
func (s *scan) sourceExtra(name memberName, src *Source) {
	if s.next() == 'n' && src.extras == nil {
		s.word("null")
		return
	}
	x := src.Extras()
	switch name {
	case nameAutoThreadCreated:
		x.AutoThreadCreated = truthy(s.value())
	case nameChatTopic:
		x.ChatTopic = s.text()
	case nameUserIDAlt:
		x.UserIDAlt = s.text()
	case nameChatIDAlt:
		x.ChatIDAlt = s.text()
	case nameParentChatID:
		x.ParentChatID = s.text()
	case nameProfile:
		x.Profile = s.text()
	case nameAutoThreadInitialName:
		x.AutoThreadInitialName = s.text()
	case nameProspectiveThreadID:
		x.ProspectiveThreadID = s.text()
	}
	src.SetExtras(x)
}
