package cli

import (
	"errors"
	"fmt"

	"hermod/wire"
)

// Exit codes of every command. A command may have others besides.
const (
	ExitFailure = 1
	ExitUsage   = 2
)

// ExitError ends the process with a code. Nothing is printed if Err is nil.
type ExitError struct {
	Code int
	Err  error
}

// Error is the cause's, or names the code.
func (e *ExitError) Error() string {
	if e.Err == nil {
		return fmt.Sprintf("exit code %d", e.Code)
	}
	return e.Err.Error()
}

// Unwrap returns the cause.
func (e *ExitError) Unwrap() error { return e.Err }

// UsageError returns an error for a mistake of the caller. The text names the flag and the remedy.
func UsageError(format string, args ...any) error {
	return &ExitError{Code: ExitUsage, Err: fmt.Errorf(format, args...)}
}

// ExitCode returns the exit code for an error. What goes wrong before a command has started is the caller's mistake,
// and so is a configuration that a command cannot use.
func ExitCode(err error, started bool) int {
	var exit *ExitError
	var config *wire.ConfigError
	switch {
	case errors.As(err, &exit):
		return exit.Code
	case !started, errors.As(err, &config):
		return ExitUsage
	}
	return ExitFailure
}

// ConfigFlag turns the first *wire.ConfigError in err into a usage error that names the flag which sets the field. It
// returns err as it is if there is none, or if flags has no entry for the field.
func ConfigFlag(err error, flags map[string]string) error {
	var config *wire.ConfigError
	if !errors.As(err, &config) || flags[config.Field] == "" {
		return err
	}
	return UsageError("%s: %s", flags[config.Field], config.Reason)
}
