package adapter

import (
	"fmt"
	"strings"
)

const (
	promptTokenVersion = "hp1"
	maxPromptID        = 32
	// MaxPromptToken is the longest token that every platform carries behind a button, in bytes.
	MaxPromptToken = 64
)

// PromptIDError says that a prompt or one of its options cannot be named like that.
type PromptIDError struct {
	// ID is what was refused.
	ID string
	// Reason is what is wrong with it and what to do.
	Reason string
}

// Error names the id and the reason.
func (e *PromptIDError) Error() string {
	return fmt.Sprintf("adapter: prompt id %q %s", e.ID, e.Reason)
}

// PromptToken returns what stands behind a prompt's button on the platform:
// hp1:<prompt id>:<option id>. The error is a *PromptIDError when an id is not 1 to 32 of
// A-Z, a-z, 0-9, "_", "." and "-", or both together are too long for MaxPromptToken.
func PromptToken(promptID, optionID string) (string, error) {
	for _, id := range [...]string{promptID, optionID} {
		if !isPromptID(id) {
			return "", &PromptIDError{ID: id, Reason: "is not 1 to 32 letters, digits, _, . or -; choose another"}
		}
	}
	token := promptTokenVersion + ":" + promptID + ":" + optionID
	if len(token) > MaxPromptToken {
		return "", &PromptIDError{ID: optionID, Reason: fmt.Sprintf("makes a token of %d bytes; %d are the most, so shorten it", len(token), MaxPromptToken)}
	}
	return token, nil
}

// ParsePromptToken takes a token apart; ok is false when it is none. A token that is longer
// than PromptToken allows is still read, since it did arrive.
func ParsePromptToken(token string) (promptID, optionID string, ok bool) {
	parts := strings.Split(token, ":")
	if len(parts) != 3 || parts[0] != promptTokenVersion || !isPromptID(parts[1]) || !isPromptID(parts[2]) {
		return "", "", false
	}
	return parts[1], parts[2], true
}

func isPromptID(id string) bool {
	for i := range len(id) {
		switch c := id[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '_', c == '.', c == '-':
		default:
			return false
		}
	}
	return 1 <= len(id) && len(id) <= maxPromptID
}
