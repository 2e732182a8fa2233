package wire

import json "github.com/goccy/go-json"

// NewDraft returns the text so far of a message that is still being written, on platforms whose descriptor has
// SupportsDraftStreaming. The drafts of one message have the same draftID and each replaces the last; the final one
// seals it, and its result has the message's id. A final draft may be repeated when its result was ambiguous.
func NewDraft(chatID string, draftID int64, content string, final bool) Action {
	return newAction(OpDraft, field{"chat_id", chatID}).
		With("draft_id", draftID).With("content", content).With("final", final)
}

// TaskCardID returns the id of the one card of a turn, whose anchor is the message that caused it.
func TaskCardID(anchor string) string { return "turn:" + anchor }

// NewTaskCard returns the steps of a task to add to a card, or to change on it: each chunk is a JSON object in the
// form of the connector. The first card of an id creates it. A chunk that is not valid JSON is reported by Err.
func NewTaskCard(chatID, cardID string, chunks []json.RawMessage) Action {
	if chunks == nil {
		chunks = []json.RawMessage{}
	}
	return newAction(OpTaskCard, field{"chat_id", chatID}, field{"card_id", cardID}).With("chunks", chunks)
}

// NewTaskCardStop returns the end of a card: no step of it goes on.
func NewTaskCardStop(chatID, cardID string) Action {
	return newAction(OpTaskCardStop, field{"chat_id", chatID}, field{"card_id", cardID})
}
