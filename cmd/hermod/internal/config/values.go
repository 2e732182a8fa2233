package config

import (
	"bytes"
	"fmt"
	"time"

	json "github.com/goccy/go-json"

	"hermod/wire"
)

// Duration is a time.Duration that is written as Go writes it: "500ms", "30s", "1h30m".
type Duration struct{ time.Duration }

// UnmarshalText implements encoding.TextUnmarshaler.
func (d *Duration) UnmarshalText(text []byte) error {
	parsed, err := time.ParseDuration(string(text))
	if err != nil {
		return fmt.Errorf("duration: %w", err)
	}
	d.Duration = parsed
	return nil
}

// MarshalText implements encoding.TextMarshaler.
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// Secret is a secret by reference: one of File and Env is set. Value is what was found there; it shows itself in no
// format, log or encoding.
type Secret struct {
	File  string      `json:"file"`
	Env   string      `json:"env"`
	Value wire.Secret `json:"-"`
}

// Variable is the value of an environment variable: text that the file shows, or else a secret.
type Variable struct {
	Text   string
	Secret *Secret
}

// UnmarshalJSON takes text, or a secret by reference.
func (v *Variable) UnmarshalJSON(text []byte) error {
	if bytes.HasPrefix(text, []byte{'{'}) {
		v.Secret = new(Secret)
		return json.Unmarshal(text, v.Secret)
	}
	return json.Unmarshal(text, &v.Text)
}

// Reveal returns the value.
func (v Variable) Reveal() string {
	if v.Secret != nil {
		return v.Secret.Reveal().Reveal()
	}
	return v.Text
}

// Reveal returns the value, "" for no secret.
func (s *Secret) Reveal() wire.Secret {
	if s == nil {
		return ""
	}
	return s.Value
}
