package wire

import "strings"

// SessionKeyOptions decide how chats are divided into sessions. The zero value is the
// reference's default.
type SessionKeyOptions struct {
	// Profile is the namespace of the key; "" takes the source's own. Both "" and
	// "default" are the namespace "main".
	Profile string
	// SharedGroups makes everybody in a group share one session; otherwise each participant has
	// a session.
	SharedGroups bool
	// PerUserThreads gives each participant of a thread a session; otherwise they share it. It
	// has no effect with SharedGroups.
	PerUserThreads bool
	// SharedSlackChats puts the messages of a Slack chat that are outside of threads into one session. Otherwise each
	// begins a thread, and is a session with the answers in it (Event.Thread).
	SharedSlackChats bool
}

// SessionKey returns the name of the session that a source belongs to, which is an event's if it has that thread
// (Event.SessionKey). Parts are joined by ":" without escaping, and missing parts are skipped.
func SessionKey(s *Source, o SessionKeyOptions) string {
	return string(AppendSessionKey(nil, s, o))
}

// AppendSessionKey appends the session's name, as SessionKey returns it, to dst.
func AppendSessionKey(dst []byte, s *Source, o SessionKeyOptions) []byte {
	dst = append(dst, "agent:"...)
	dst = append(dst, namespace(firstOf(o.Profile, s.rare().Profile))...)
	dst = append(append(dst, ':'), s.Platform...)
	if s.ChatType == defaultChatType || s.ChatType == "" {
		return appendDirect(dst, s)
	}
	return appendShared(dst, s, o)
}

func namespace(profile string) string {
	if profile == "" || profile == "default" {
		return "main"
	}
	return profile
}

func appendDirect(dst []byte, s *Source) []byte {
	chat := s.ChatID
	if s.Platform == whatsApp {
		chat = whatsAppNumber(chat)
	}
	dst = append(append(dst, ':'), defaultChatType...)
	return appendPresent(dst, slackScope(s), firstOf(chat, participant(s)), s.ThreadID)
}

func appendShared(dst []byte, s *Source, o SessionKeyOptions) []byte {
	thread, slot := s.ThreadID, s.ChatType
	if coming := s.rare().ProspectiveThreadID; thread == "" && coming != "" {
		// The answer will open this thread: the message that causes it belongs to it.
		thread, slot = coming, "thread"
	}
	dst = append(append(dst, ':'), slot...)
	dst = appendPresent(dst, slackScope(s), s.ChatID, thread)
	if !o.SharedGroups && (thread == "" || o.PerUserThreads) {
		dst = appendPresent(dst, participant(s))
	}
	return dst
}

func appendPresent(dst []byte, parts ...string) []byte {
	for _, p := range parts {
		if p != "" {
			dst = append(append(dst, ':'), p...)
		}
	}
	return dst
}

// slackScope returns the workspace, which only Slack's keys contain.
func slackScope(s *Source) string {
	if s.Platform != slack {
		return ""
	}
	return s.Scope()
}

func participant(s *Source) string {
	id := firstOf(s.rare().UserIDAlt, s.UserID)
	if s.Platform != whatsApp {
		return id
	}
	return firstOf(whatsAppNumber(id), id)
}

const (
	slack    = "slack"
	whatsApp = "whatsapp"
)

// whatsAppNumber returns the number of a WhatsApp id, which comes with and without a
// plus, a device (":12") and a domain ("@s.whatsapp.net") for the same person.
func whatsAppNumber(id string) string {
	id = strings.Replace(strings.TrimSpace(id), "+", "", 1)
	id, _, _ = strings.Cut(id, ":")
	id, _, _ = strings.Cut(id, "@")
	return id
}
