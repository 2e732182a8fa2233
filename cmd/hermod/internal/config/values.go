package config

import (
	"fmt"
	"time"

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

// Reveal returns the value, "" for no secret.
func (s *Secret) Reveal() wire.Secret {
	if s == nil {
		return ""
	}
	return s.Value
}
