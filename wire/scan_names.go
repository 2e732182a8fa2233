package wire

import "encoding/binary"

// memberName stands for a name that a member of a frame, an event or a source may have.
type memberName uint8

const (
	otherName memberName = iota
	noName               // before the first
	nameType
	nameEvent
	nameBufferID
	nameText
	nameMessageType
	nameMessageID
	nameReplyToMessageID
	nameMediaURLs
	nameMedia
	nameSource
	nameReplyTo
	nameContext
	nameContextError
	namePromptResponse
	namePlatform
	nameChatID
	nameChatType
	nameChatName
	nameUserID
	nameUserName
	nameUserDisplayName
	nameUserHandle
	nameThreadID
	nameScopeID
	nameGuildID
	nameAutoThreadCreated
	nameChatTopic
	nameUserIDAlt
	nameChatIDAlt
	nameParentChatID
	nameProfile
	nameAutoThreadInitialName
	nameProspectiveThreadID
	memberNames

	// Of a source, few have those from firstRare to lastRare.
	firstRare, lastRare = nameAutoThreadCreated, nameProspectiveThreadID
)

// memberTexts are the names in quotes, with the comma before and the colon after them.
var memberTexts = [memberNames]string{
	nameType: `,"type":`, nameEvent: `,"event":`, nameBufferID: `,"bufferId":`,
	nameText: `,"text":`, nameMessageType: `,"message_type":`, nameMessageID: `,"message_id":`,
	nameReplyToMessageID: `,"reply_to_message_id":`, nameMediaURLs: `,"media_urls":`, nameMedia: `,"media":`,
	nameSource: `,"source":`, nameReplyTo: `,"reply_to":`, nameContext: `,"context":`,
	nameContextError: `,"context_error":`, namePromptResponse: `,"prompt_response":`,
	namePlatform: `,"platform":`, nameChatID: `,"chat_id":`, nameChatType: `,"chat_type":`,
	nameChatName: `,"chat_name":`, nameUserID: `,"user_id":`, nameUserName: `,"user_name":`,
	nameUserDisplayName: `,"user_display_name":`, nameUserHandle: `,"user_handle":`, nameThreadID: `,"thread_id":`,
	nameChatTopic: `,"chat_topic":`, nameUserIDAlt: `,"user_id_alt":`, nameChatIDAlt: `,"chat_id_alt":`,
	nameParentChatID: `,"parent_chat_id":`, nameScopeID: `,"scope_id":`, nameGuildID: `,"guild_id":`,
	nameProfile: `,"profile":`, nameAutoThreadCreated: `,"auto_thread_created":`,
	nameAutoThreadInitialName: `,"auto_thread_initial_name":`, nameProspectiveThreadID: `,"prospective_thread_id":`,
}

// memberNamed are the members by their names.
var memberNamed = func() map[string]memberName {
	named := make(map[string]memberName, memberNames)
	for name, text := range memberTexts {
		if text != "" {
			named[text[2:len(text)-2]] = memberName(name)
		}
	}
	return named
}()

// prefix is one of memberTexts, to be compared fast: none is shorter than a word of eight bytes, and few are longer
// than two.
type prefix struct {
	text       string
	head, tail uint64 // its first word and its last
}

const word = 8

var memberPrefixes = func() (prefixes [memberNames]prefix) {
	for name, text := range memberTexts {
		if text != "" {
			prefixes[name] = prefix{text, binary.LittleEndian.Uint64([]byte(text)),
				binary.LittleEndian.Uint64([]byte(text[len(text)-word:]))}
		}
	}
	return prefixes
}()

// begins says that the line begins with the prefix.
func (p *prefix) begins(line []byte) bool {
	n := len(p.text)
	if n < word || len(line) < n || binary.LittleEndian.Uint64(line) != p.head ||
		binary.LittleEndian.Uint64(line[n-word:]) != p.tail {
		return false
	}
	return n <= 2*word || string(line[word:n-word]) == p.text[word:n-word]
}

// memberOrder remembers which member came after each when an object of a kind was read last. Connectors send them in
// one order, so what comes next is usually known, and comparing is faster than reading.
type memberOrder [memberNames]memberName

// first goes into an object, to its first member, and returns that one's name; !ok when there is none.
func (s *scan) first(order *memberOrder) (name memberName, ok bool) {
	if !s.open('{', '}') {
		return otherName, false
	}
	likely := order[noName]
	if text := memberTexts[likely]; text != "" && s.skip(text[1:]) {
		return likely, true
	}
	return s.unlikely(noName, order), true
}

// following goes to the member after that one, and returns its name; !ok at the object's end.
func (s *scan) following(name memberName, order *memberOrder) (_ memberName, ok bool) {
	likely := order[name]
	if p := &memberPrefixes[likely]; p.begins(s.line[s.at:]) {
		s.at += len(p.text)
		return likely, true
	}
	if !s.more('}') {
		return otherName, false
	}
	return s.unlikely(name, order), true
}

// unlikely reads the name of a member that usually does not come after the one before.
func (s *scan) unlikely(before memberName, order *memberOrder) memberName {
	name := memberNamed[string(s.name())]
	order[before] = name
	return name
}

// skip goes past a text if that comes next.
func (s *scan) skip(text string) bool {
	end := s.at + len(text)
	if end > len(s.line) || string(s.line[s.at:end]) != text {
		return false
	}
	s.at = end
	return true
}
