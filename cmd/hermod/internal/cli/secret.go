package cli

import (
	"errors"
	"io"
	"os"
	"runtime"
	"strings"

	"hermod/wire"
)

// SecretVariable holds a secret where no file does.
const SecretVariable = "HERMOD_SECRET"

// ReadSecret reads a secret file without its trailing newline. A file that everybody on the machine may use is refused.
// flag is named in errors, which are usage errors and show neither the content nor the path: the secret itself may
// stand there.
func ReadSecret(flag, path string) (wire.Secret, error) {
	content, mode, err := readFile(path)
	if err != nil {
		return "", UsageError("%s: reading the secret file: %w; name a file that holds only the secret", flag, WithoutPath(err))
	}
	if runtime.GOOS != "windows" && mode.Perm()&0o007 != 0 {
		return "", UsageError("%s: everybody on this machine may use the secret file (mode %04o); chmod 600 it", flag, mode.Perm())
	}
	secret := strings.TrimRight(string(content), "\r\n")
	if strings.TrimSpace(secret) == "" {
		return "", UsageError("%s: the secret file holds only white space; write the secret into it", flag)
	}
	return wire.Secret(secret), nil
}

func readFile(path string) (content []byte, mode os.FileMode, err error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, 0, err
	}
	defer func() { _ = file.Close() }()
	info, err := file.Stat()
	if err != nil {
		return nil, 0, err
	}
	content, err = io.ReadAll(file)
	return content, info.Mode(), err
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
