package wire

import "fmt"

// DecodeError says why one frame could not be decoded. Only that frame is lost:
// the connection that it came on stays usable.
type DecodeError struct {
	// Kind is the frame's kind if it was known, else KindUnknown.
	Kind Kind
	// Size is the length of the input in bytes.
	Size int
	// Reason names what was malformed ("event.source is not an object"), never the content.
	Reason string
	// Err is the cause, or nil. Unlike Error, it may quote a piece of the input.
	Err error
}

// Error names the kind, the size and the reason, and never shows the content.
func (e *DecodeError) Error() string {
	return fmt.Sprintf("wire: decoding %s frame of %d bytes: %s", e.Kind, e.Size, e.Reason)
}

// Unwrap returns the cause, which may be nil.
func (e *DecodeError) Unwrap() error { return e.Err }

// FrameTooLargeError says that a line or an action is longer than its limit.
type FrameTooLargeError struct {
	// Limit is the largest size allowed, in bytes.
	Limit int
}

// Error names the limit.
func (e *FrameTooLargeError) Error() string {
	return fmt.Sprintf("wire: frame is longer than the limit of %d bytes", e.Limit)
}

// ConfigError says that a setting cannot be used and what it should be. It never shows
// the value, which may be a secret or hold one.
type ConfigError struct {
	// Field is the setting's name ("url", "secret").
	Field string
	// Reason is what is wrong with it and what to do.
	Reason string
}

// Error names the setting and the reason.
func (e *ConfigError) Error() string { return "wire: " + e.Field + ": " + e.Reason }
