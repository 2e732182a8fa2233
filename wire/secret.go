package wire

import (
	"fmt"
	"io"
	"log/slog"
	"strings"
)

// redacted is how a Secret is printed.
const redacted = "[redacted]"

// Secret is a key that a gateway and its connector share. It is redacted wherever it is
// printed, logged or encoded, except as the key of a map in encoding/json, which calls no method
// of a string key. Reveal returns its value. "" is no secret.
type Secret string

// Reveal returns the value. Do not log, print or store what it returns.
func (s Secret) Reveal() string { return string(s) }

// Valid returns a *ConfigError for a secret of white space only, which usually comes from an
// unset setting. "" is valid: it means that there is none.
func (s Secret) Valid() error {
	if s != "" && strings.TrimSpace(string(s)) == "" {
		return &ConfigError{Field: "secret", Reason: "holds only white space; set the real secret, or leave it empty to dial without one"}
	}
	return nil
}

// String returns "[redacted]".
func (s Secret) String() string { return redacted }

// GoString returns "[redacted]".
func (s Secret) GoString() string { return redacted }

// Format writes "[redacted]" whatever the verb.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// LogValue returns "[redacted]".
func (s Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText returns "[redacted]".
func (s Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// MarshalJSON returns "[redacted]" as a JSON string.
func (s Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + redacted + `"`), nil }
