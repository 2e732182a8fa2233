package wire

import (
	"strings"
	"unsafe"
)

// Held returns the bytes of memory that a decoded event holds beside the line that it was read from: the Event itself,
// its lists, and the strings that are no part of that line. It is never less than what is held, and at most twice that.
// It takes as long as there are attachments, and almost no time for a short event.
func (e *Event) Held() int {
	h := holding{line: e.raw, bytes: EventSize}
	if e.extras != nil {
		h.reserve(int(unsafe.Sizeof(*e.extras)))
	}
	if x := e.Source.extras; x != nil {
		h.reserve(int(unsafe.Sizeof(*x)))
	}
	if len(e.raw) <= shortLine {
		return h.short(e)
	}
	if n := strings.Count(e.raw, `\`); n > 0 {
		h.reserve(n * 5) // a string with escapes has the memory of its longer form
	}
	for _, s := range [...]string{string(e.MessageType), e.Text, e.MessageID, e.ReplyToMessageID} {
		h.add(s)
	}
	h.source(&e.Source)
	if e.extras != nil {
		h.extras(e.extras)
	}
	return h.bytes
}

// Held returns the bytes of memory that a decoded Forward holds: itself, its headers, its body and its strings. It
// keeps no part of its line. It is never less than what is held, and at most twice that.
func (f *Forward) Held() int {
	h := holding{bytes: int(unsafe.Sizeof(*f))}
	for _, s := range [...]string{f.Platform, f.BotID, f.Method, f.Path, f.Profile} {
		h.add(s)
	}
	h.reserve(cap(f.Body))
	h.reserve(cap(f.raw))
	h.reserve(cap(f.Headers) * 2 * stringSize)
	for i := range f.Headers {
		h.add(f.Headers[i][0])
		h.add(f.Headers[i][1])
	}
	return h.bytes
}

// EventSize is what an Event itself takes, without anything that it refers to, in bytes.
const EventSize = int(unsafe.Sizeof(Event{}))

// shortLine is the longest line that is counted twice rather than looked at.
const shortLine = 1 << 10

const (
	mediaSize  = int(unsafe.Sizeof(Media{}))
	stringSize = int(unsafe.Sizeof(""))
)

// holding adds up memory. What lies in the line is not counted again.
type holding struct {
	line  string
	bytes int
}

// short counts an event of a short line: its lists, and as much again as the line for what is no part of that.
func (h *holding) short(e *Event) int {
	h.reserve(len(e.raw))
	if x := e.extras; x != nil {
		h.lists(x)
	}
	return h.bytes
}

// lists counts the lists of extras, without what is in their strings.
func (h *holding) lists(x *Extras) {
	h.reserve(cap(x.MediaURLs) * stringSize)
	h.reserve(cap(x.Media) * mediaSize)
	if x.ReplyTo != nil {
		h.reserve(int(unsafe.Sizeof(*x.ReplyTo)))
	}
}

func (h *holding) extras(x *Extras) {
	h.lists(x)
	h.add(sameMemory(x.Context))
	h.add(sameMemory(x.PromptResponse))
	if r := x.ReplyTo; r != nil {
		h.add(r.Text)
		h.add(r.Author)
	}
	for _, url := range x.MediaURLs {
		h.add(url)
	}
	for i := range x.Media {
		m := &x.Media[i]
		for _, s := range [...]string{m.URL, m.Kind, m.MIME, m.Filename, m.Caption} {
			h.add(s)
		}
	}
}

// sameMemory is a string that shares the memory of bytes which nobody changes any more.
func sameMemory(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// add counts a string that has memory of its own.
func (h *holding) add(s string) {
	if len(s) < 2 {
		return // the runtime has all strings of one byte
	}
	start, at := uintptr(unsafe.Pointer(unsafe.StringData(h.line))), uintptr(unsafe.Pointer(unsafe.StringData(s)))
	if at-start >= uintptr(len(h.line)) {
		h.reserve(len(s))
	}
}

// reserve counts a piece of memory in the sizes that the allocator has.
func (h *holding) reserve(n int) {
	if n > 0 {
		h.bytes += (n + n/8 + 15) &^ 15
	}
}

// source counts the strings of a source. Platform is a name that all events share.
func (h *holding) source(s *Source) {
	for _, field := range [...]string{
		s.OriginalPlatform, s.ChatID, s.ChatType, s.ChatName, s.UserID, s.UserName, s.UserDisplayName, s.UserHandle,
		s.ThreadID, s.MessageID, s.ScopeID, s.GuildID,
	} {
		h.add(field)
	}
	if x := s.extras; x != nil {
		for _, field := range [...]string{
			x.ChatTopic, x.UserIDAlt, x.ChatIDAlt, x.ParentChatID, x.Profile, x.AutoThreadInitialName, x.ProspectiveThreadID,
		} {
			h.add(field)
		}
	}
}

// clip returns a list with little room beyond its items, nil when it has none.
func clip[T any](list []T) []T {
	const small = 8
	switch {
	case len(list) == 0:
		return nil
	case cap(list) <= small, cap(list)-len(list) <= len(list)/4:
		return list
	}
	return append(make([]T, 0, len(list)), list...)
}
