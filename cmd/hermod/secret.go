package main

import (
	"errors"
	"os"
	"strings"

	"hermod/wire"
)

// secretVariable holds a secret where no file does.
const secretVariable = "HERMOD_SECRET"

// readSecret reads a secret file without its trailing newline. flag is named in errors, which are
// usage errors and show neither the content nor the path: the secret itself may stand there.
func readSecret(flag, path string) (wire.Secret, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return "", usageError("%s: reading the secret file: %w; name a file that holds the secret alone", flag, withoutPath(err))
	}
	secret := strings.TrimRight(string(content), "\r\n")
	if strings.TrimSpace(secret) == "" {
		return "", usageError("%s: the secret file holds only white space; write the secret into it", flag)
	}
	return wire.Secret(secret), nil
}

// secretFromEnvironment returns the secret in HERMOD_SECRET; ok is false when it is unset or empty.
// One of white space only is a usage error.
func secretFromEnvironment() (secret wire.Secret, ok bool, err error) {
	value := os.Getenv(secretVariable)
	if value == "" {
		return "", false, nil
	}
	if strings.TrimSpace(value) == "" {
		return "", false, usageError("%s holds only white space; set the secret or unset the variable", secretVariable)
	}
	return wire.Secret(value), true, nil
}

// withoutPath is the reason of a failed file operation alone.
func withoutPath(err error) error {
	var failed *os.PathError
	if errors.As(err, &failed) {
		return failed.Err
	}
	return err
}
