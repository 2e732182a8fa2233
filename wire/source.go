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
	Platform string
	// OriginalPlatform is the platform as it was spelled on the wire.
	OriginalPlatform string

	ChatID          string
	ChatType        string // "dm" if the event does not name it
	ChatName        string
	UserID          string
	UserName        string // as sent; use ShownName for display
	UserDisplayName string
	UserHandle      string
	ThreadID        string
	MessageID       string
	ScopeID         string
	GuildID         string // the older name of ScopeID; Scope joins them

	extras *SourceExtras // what few sources have; nil when there is none
}

// SourceExtras are the fields of a source that few sources have.
type SourceExtras struct {
	ChatTopic    string
	UserIDAlt    string
	ChatIDAlt    string
	ParentChatID string
	Profile      string

	AutoThreadCreated     bool
	AutoThreadInitialName string
	ProspectiveThreadID   string
}

// Extras returns the fields that few sources have, all zero for most.
func (s *Source) Extras() SourceExtras { return *s.rare() }

// SetExtras sets the fields that few sources have, for a source that is built and not received, and returns it.
func (s *Source) SetExtras(x SourceExtras) *Source {
	if s.extras = nil; x != (SourceExtras{}) {
		s.extras = &x
	}
	return s
}

var noSourceExtras SourceExtras

// rare is Extras in place, to be read only.
func (s *Source) rare() *SourceExtras {
	if s.extras == nil {
		return &noSourceExtras
	}
	return s.extras
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
	s := Source{
		Platform:        o.text("platform"),
		ChatID:          o.text("chat_id"),
		ChatType:        o.text("chat_type"),
		ChatName:        o.text("chat_name"),
		UserID:          o.text("user_id"),
		UserName:        o.text("user_name"),
		UserDisplayName: o.text("user_display_name"),
		UserHandle:      o.text("user_handle"),
		ThreadID:        o.text("thread_id"),
		MessageID:       o.text("message_id"),
		ScopeID:         o.text("scope_id"),
		GuildID:         o.text("guild_id"),
	}
	s.SetExtras(SourceExtras{
		ChatTopic:             o.text("chat_topic"),
		UserIDAlt:             o.text("user_id_alt"),
		ChatIDAlt:             o.text("chat_id_alt"),
		ParentChatID:          o.text("parent_chat_id"),
		Profile:               o.text("profile"),
		AutoThreadCreated:     o.flag("auto_thread_created"),
		AutoThreadInitialName: o.text("auto_thread_initial_name"),
		ProspectiveThreadID:   o.text("prospective_thread_id"),
	})
	return s
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
	x := s.rare()
	for _, f := range [...]field{
		{"chat_name", s.ChatName},
		{"user_id", s.UserID},
		{"user_name", s.UserName},
		{"user_display_name", s.UserDisplayName},
		{"user_handle", s.UserHandle},
		{"thread_id", s.ThreadID},
		{"chat_topic", x.ChatTopic},
		{"user_id_alt", x.UserIDAlt},
		{"chat_id_alt", x.ChatIDAlt},
		{"parent_chat_id", x.ParentChatID},
		{"message_id", s.MessageID},
		{"scope_id", s.ScopeID},
		{"guild_id", s.GuildID},
		{"profile", x.Profile},
		{"auto_thread_initial_name", x.AutoThreadInitialName},
		{"prospective_thread_id", x.ProspectiveThreadID},
	} {
		dst = appendNullable(dst, f.key, f.value)
	}
	dst = appendBool(dst, "auto_thread_created", x.AutoThreadCreated)
	return append(dst, `,"delivered_via_upstream_relay":true}`...)
}
