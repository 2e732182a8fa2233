package wire

// defaultChatType is the type of a chat whose event does not name it.
const defaultChatType = "dm"

// Source says where an event came from and who sent it. A field that is absent, null or
// empty on the wire is "". Ids are opaque: a number is kept as it was printed.
//
// Nothing here proves trust: flags that a connector may send for that are never read.
type Source struct {
	// Platform is a known platform's name, RelayPlatform if the event named none or an unknown
	// one.
	Platform string `json:"platform"`
	// OriginalPlatform is the platform as it was spelled on the wire.
	OriginalPlatform string `json:"-"`

	ChatID          string `json:"chat_id"`
	ChatType        string `json:"chat_type"` // "dm" if the event does not name it
	ChatName        string `json:"chat_name"`
	UserID          string `json:"user_id"`
	UserName        string `json:"user_name"` // as sent; use ShownName for display
	UserDisplayName string `json:"user_display_name"`
	UserHandle      string `json:"user_handle"`
	ThreadID        string `json:"thread_id"`
	ChatTopic       string `json:"chat_topic"`
	UserIDAlt       string `json:"user_id_alt"`
	ChatIDAlt       string `json:"chat_id_alt"`
	ParentChatID    string `json:"parent_chat_id"`
	MessageID       string `json:"message_id"`
	ScopeID         string `json:"scope_id"`
	GuildID         string `json:"guild_id"` // the older name of ScopeID; Scope joins them
	Profile         string `json:"profile"`

	AutoThreadCreated     bool   `json:"auto_thread_created"`
	AutoThreadInitialName string `json:"auto_thread_initial_name"`
	ProspectiveThreadID   string `json:"prospective_thread_id"`
}

// Scope returns the workspace, guild or team of the event: ScopeID, else GuildID.
func (s *Source) Scope() string { return firstOf(s.ScopeID, s.GuildID) }

// ShownName returns the sender's name as people see it: UserDisplayName, else UserName,
// else UserHandle.
func (s *Source) ShownName() string {
	return firstOf(s.UserDisplayName, s.UserName, s.UserHandle)
}

func firstOf(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}

func sourceOf(o object) Source {
	return Source{
		Platform:              o.text("platform"),
		ChatID:                o.text("chat_id"),
		ChatType:              o.text("chat_type"),
		ChatName:              o.text("chat_name"),
		UserID:                o.text("user_id"),
		UserName:              o.text("user_name"),
		UserDisplayName:       o.text("user_display_name"),
		UserHandle:            o.text("user_handle"),
		ThreadID:              o.text("thread_id"),
		ChatTopic:             o.text("chat_topic"),
		UserIDAlt:             o.text("user_id_alt"),
		ChatIDAlt:             o.text("chat_id_alt"),
		ParentChatID:          o.text("parent_chat_id"),
		MessageID:             o.text("message_id"),
		ScopeID:               o.text("scope_id"),
		GuildID:               o.text("guild_id"),
		Profile:               o.text("profile"),
		AutoThreadCreated:     o.flag("auto_thread_created"),
		AutoThreadInitialName: o.text("auto_thread_initial_name"),
		ProspectiveThreadID:   o.text("prospective_thread_id"),
	}
}

// appendJSON appends the source in its normal form.
func (s *Source) appendJSON(dst []byte) []byte {
	dst = append(dst, `{"platform":`...)
	dst = appendString(dst, s.Platform)
	if s.OriginalPlatform != "" && s.OriginalPlatform != s.Platform {
		dst = appendMember(dst, "original_platform", s.OriginalPlatform)
	}
	dst = appendMember(dst, "chat_id", s.ChatID)
	dst = appendMember(dst, "chat_type", s.ChatType)
	for _, f := range [...]field{
		{"chat_name", s.ChatName},
		{"user_id", s.UserID},
		{"user_name", s.UserName},
		{"user_display_name", s.UserDisplayName},
		{"user_handle", s.UserHandle},
		{"thread_id", s.ThreadID},
		{"chat_topic", s.ChatTopic},
		{"user_id_alt", s.UserIDAlt},
		{"chat_id_alt", s.ChatIDAlt},
		{"parent_chat_id", s.ParentChatID},
		{"message_id", s.MessageID},
		{"scope_id", s.ScopeID},
		{"guild_id", s.GuildID},
		{"profile", s.Profile},
		{"auto_thread_initial_name", s.AutoThreadInitialName},
		{"prospective_thread_id", s.ProspectiveThreadID},
	} {
		dst = appendNullable(dst, f.key, f.value)
	}
	dst = appendBool(dst, "auto_thread_created", s.AutoThreadCreated)
	return append(dst, `,"delivered_via_upstream_relay":true}`...)
}
