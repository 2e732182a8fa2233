package cli

import (
	"errors"
	"os"
	"strings"

	"hermod/wire"
)

// SecretVariable holds a secret where no file does.
const SecretVariable = "HERMOD_SECRET"

// ReadSecret reads a secret file without its trailing newline. flag is named in errors, which are
// usage errors and show neither the content nor the path: the secret itself may stand there.
func ReadSecret(flag, path string) (wire.Secret, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return "", UsageError("%s: reading the secret file: %w; name a file that holds only the secret", flag, WithoutPath(err))
	}
	secret := strings.TrimRight(string(content), "\r\n")
	if strings.TrimSpace(secret) == "" {
		return "", UsageError("%s: the secret file holds only white space; write the secret into it", flag)
	}
	return wire.Secret(secret), nil
}

// EnvironmentSecret returns the secret in HERMOD_SECRET; ok is false when it is unset or empty.
// One of white space only is a usage error.
func EnvironmentSecret() (secret wire.Secret, ok bool, err error) {
	value := os.Getenv(SecretVariable)
	if value == "" {
		return "", false, nil
	}
	if strings.TrimSpace(value) == "" {
		return "", false, UsageError("%s holds only white space; set the secret or unset the variable", SecretVariable)
	}
	return wire.Secret(value), true, nil
}

// WithoutPath returns the reason of a failed file operation without the path.
func WithoutPath(err error) error {
	var failed *os.PathError
	if errors.As(err, &failed) {
		return failed.Err
	}
	return err
}
