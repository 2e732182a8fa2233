package wiretest

import (
	json "github.com/goccy/go-json"

	"hermod/wire"
)

// Descriptor is what a connector of the platform might answer a hello with:
// 4096 chars a message, edits and threads, no drafts.
func Descriptor(platform string) *wire.Descriptor {
	return &wire.Descriptor{
		ContractVersion:  1,
		Platform:         platform,
		Label:            platform,
		MaxMessageLength: 4096,
		SupportsEdit:     true,
		SupportsThreads:  true,
		MarkdownDialect:  "plain",
		LenUnit:          "chars",
	}
}

// Event is an event object: a text message of user u1 in a direct
// chat.
func Event(platform, chatID, messageID, text string) []byte {
	type source struct {
		Platform string `json:"platform"`
		ChatID   string `json:"chat_id"`
		ChatType string `json:"chat_type"`
		UserID   string `json:"user_id"`
		UserName string `json:"user_name"`
	}
	b, err := json.Marshal(struct {
		Text        string `json:"text"`
		MessageType string `json:"message_type"`
		MessageID   string `json:"message_id"`
		Source      source `json:"source"`
	}{text, "text", messageID, source{platform, chatID, "dm", "u1", "ada"}})
	if err != nil {
		panic(err)
	}
	return b
}
