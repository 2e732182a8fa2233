package wire

import "strings"

// SessionKeyOptions choose how chats are cut into sessions. The zero value does as the
// reference does by default.
type SessionKeyOptions struct {
	// Profile is the namespace of the key; "" takes the source's own. Both "" and
	// "default" are the namespace "main".
	Profile string
	// SharedGroups makes everybody in a group share one session; otherwise each
	// participant has one.
	SharedGroups bool
	// PerUserThreads gives each participant of a thread a session; otherwise they share
	// one. It has no effect with SharedGroups.
	PerUserThreads bool
}

// SessionKey returns the name of the session that an event of this source belongs to.
// Parts are joined by ":" without escaping, and missing parts are skipped.
func SessionKey(s *Source, o SessionKeyOptions) string {
	key := make([]string, 0, 8)
	key = append(key, "agent", namespace(firstOf(o.Profile, s.Profile)), s.Platform)
	if s.ChatType == defaultChatType || s.ChatType == "" {
		key = appendDirect(key, s)
	} else {
		key = appendShared(key, s, o)
	}
	return strings.Join(key, ":")
}

func namespace(profile string) string {
	if profile == "" || profile == "default" {
		return "main"
	}
	return profile
}

func appendDirect(key []string, s *Source) []string {
	chat := s.ChatID
	if s.Platform == whatsApp {
		chat = whatsAppNumber(chat)
	}
	key = append(key, defaultChatType)
	return appendPresent(key, slackScope(s), firstOf(chat, participant(s)), s.ThreadID)
}

func appendShared(key []string, s *Source, o SessionKeyOptions) []string {
	thread, slot := s.ThreadID, s.ChatType
	if thread == "" && s.ProspectiveThreadID != "" {
		// The answer will open this thread: the message that causes it belongs to it.
		thread, slot = s.ProspectiveThreadID, "thread"
	}
	key = append(key, slot)
	key = appendPresent(key, slackScope(s), s.ChatID, thread)
	if !o.SharedGroups && (thread == "" || o.PerUserThreads) {
		key = appendPresent(key, participant(s))
	}
	return key
}

func appendPresent(key []string, parts ...string) []string {
	for _, p := range parts {
		if p != "" {
			key = append(key, p)
		}
	}
	return key
}

// slackScope returns the workspace, which only Slack's keys hold.
func slackScope(s *Source) string {
	if s.Platform != "slack" {
		return ""
	}
	return s.Scope()
}

func participant(s *Source) string {
	id := firstOf(s.UserIDAlt, s.UserID)
	if s.Platform != whatsApp {
		return id
	}
	return firstOf(whatsAppNumber(id), id)
}

const whatsApp = "whatsapp"

// whatsAppNumber returns the bare number of a WhatsApp id, which comes with and without a
// plus, a device (":12") and a domain ("@s.whatsapp.net") for the same person.
func whatsAppNumber(id string) string {
	id = strings.Replace(strings.TrimSpace(id), "+", "", 1)
	id, _, _ = strings.Cut(id, ":")
	id, _, _ = strings.Cut(id, "@")
	return id
}
