package wire

// The ops that the protocol names.
const (
	OpSend         = "send"
	OpEdit         = "edit"
	OpTyping       = "typing"
	OpFollowUp     = "follow_up"
	OpGetChatInfo  = "get_chat_info"
	OpSendMedia    = "send_media"
	OpPrompt       = "prompt"
	OpReact        = "react"
	OpThreadCreate = "thread_create"
	OpThreadRename = "thread_rename"
	OpDelete       = "delete"
	OpDraft        = "draft"
	OpTaskCard     = "task_card"
	OpTaskCardStop = "task_card_stop"
)

// field is one field of a typed action.
type field struct{ key, value string }

func newAction(op string, fields ...field) Action {
	const punctuation = len(`,"":""`)
	size := len(`{"op":""}`) + len(op)
	for _, f := range fields {
		size += len(f.key) + len(f.value) + punctuation
	}
	raw := appendString(append(make([]byte, 0, size), `{"op":`...), op)
	for _, f := range fields {
		raw = appendMember(raw, f.key, f.value)
	}
	return Action{raw: append(raw, '}')}
}

// NewSend returns a message to a chat.
func NewSend(chatID, content string) Action {
	return newAction(OpSend, field{"chat_id", chatID}, field{"content", content})
}

// NewEdit returns a change of a message that was sent.
func NewEdit(chatID, messageID, content string) Action {
	return newAction(OpEdit, field{"chat_id", chatID}, field{"message_id", messageID}, field{"content", content})
}

// NewTyping returns a typing indicator for a chat.
func NewTyping(chatID string) Action {
	return newAction(OpTyping, field{"chat_id", chatID})
}

// NewFollowUp returns an answer through a capability of a session, whose kind begins with
// the platform ("discord.interaction_token").
func NewFollowUp(sessionKey, kind, content string) Action {
	return newAction(OpFollowUp, field{"session_key", sessionKey}, field{"kind", kind}, field{"content", content})
}

// NewGetChatInfo returns a question for a chat's name and type; Result.ChatInfo reads the
// answer.
func NewGetChatInfo(chatID string) Action {
	return newAction(OpGetChatInfo, field{"chat_id", chatID})
}

// NewSendMedia returns a media message; mediaKind is image, voice, audio, video or
// document, content the caption.
func NewSendMedia(chatID, mediaKind, sourceURL, content string) Action {
	return newAction(OpSendMedia, field{"chat_id", chatID}, field{"media_kind", mediaKind},
		field{"source_url", sourceURL}, field{"content", content})
}

// PromptOption is one choice of a prompt. Style may be "".
type PromptOption struct {
	ID    string `json:"id"`
	Label string `json:"label"`
	Style string `json:"style,omitempty"`
}

// NewPrompt returns a question with buttons; promptKind is approval, clarify or choice.
func NewPrompt(chatID, promptKind, promptID, content string, options []PromptOption) Action {
	if options == nil {
		options = []PromptOption{}
	}
	return newAction(OpPrompt, field{"chat_id", chatID}, field{"prompt_kind", promptKind},
		field{"prompt_id", promptID}, field{"content", content}).With("options", options)
}

// NewReact returns a reaction to a message, or its removal.
func NewReact(chatID, messageID, emoji string, remove bool) Action {
	return newAction(OpReact, field{"chat_id", chatID}, field{"message_id", messageID},
		field{"emoji", emoji}).With("remove", remove)
}

// NewDelete returns the removal of a message.
func NewDelete(chatID, messageID string) Action {
	return newAction(OpDelete, field{"chat_id", chatID}, field{"message_id", messageID})
}
