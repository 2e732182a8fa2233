package config

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"

	"hermod/wire"
)

// maxSecret bounds a secret in bytes.
const maxSecret = 64 << 10

// absolute is a path that the value at a key gives, as seen from everywhere: it is relative to the file that the value
// stands in.
func (c *checker) absolute(path string, key ...string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(c.folderOf(key...), path)
}

// folderOf is that of the file in which a value stands; what the environment says counts as the first file's.
func (c *checker) folderOf(key ...string) string {
	if folder, known := c.source.folders[c.root.find(key...).at.File]; known {
		return folder
	}
	return c.source.folder
}

// secret finds the value of a secret, and how old it is.
func (c *checker) secret(s *Secret, path ...string) {
	if written := c.readSecret(s, path); !written.IsZero() {
		c.cfg.noteSecret(keyOfAny(path), written)
	}
}

// readSecret finds the value of a secret; when it was written is known of a file. No problem shows the value, nor what
// was written in its place.
func (c *checker) readSecret(s *Secret, path []string) (written time.Time) {
	if s == nil {
		return written
	}
	if s.Env != "" {
		value, set := c.env[s.Env]
		switch {
		case !set:
			c.wrong(fmt.Sprintf("refers to the environment variable %s, which is not set", s.Env), "set it, or write {file: PATH}", join(path, "env")...)
		case strings.TrimSpace(value) == "":
			c.wrong(fmt.Sprintf("refers to the environment variable %s, which holds only white space", s.Env), "set the real secret", join(path, "env")...)
		}
		s.Value = wire.Secret(value)
		return written
	}
	s.File = c.absolute(s.File, join(path, "file")...)
	c.cfg.readFrom(s.File)
	value, written, wrong, remedy := readSecretFile(s.File)
	if wrong != "" {
		c.wrong(wrong, remedy, join(path, "file")...)
	}
	s.Value = value
	return written
}

// noteSecret keeps when the oldest file of the secrets of a key was written.
func (c *Config) noteSecret(key string, written time.Time) {
	if c.SecretsWritten == nil {
		c.SecretsWritten = make(map[string]time.Time)
	}
	if before, known := c.SecretsWritten[key]; !known || written.Before(before) {
		c.SecretsWritten[key] = written
	}
}

// keyOfAny shows what the paths of one key have in common: without the places in lists, and up to names that people
// choose.
func keyOfAny(path []string) string {
	var names []string
	for _, name := range path {
		if name == "env" {
			break
		}
		if _, err := strconv.Atoi(name); err != nil {
			names = append(names, name)
		}
	}
	return strings.Join(names, ".")
}

// renewable checks a secret whose file is read again at each use: that it changes is no change of the configuration, so
// its age is not known here.
func (c *checker) renewable(s *Secret, path ...string) {
	c.readSecret(s, path)
	if s != nil && s.File != "" {
		s.Value = ""
		delete(c.cfg.Files, s.File)
	}
}

// Current returns the value as it is now: a file is read again.
func (s *Secret) Current() (wire.Secret, error) {
	if s.File == "" {
		return s.Value, nil
	}
	value, _, wrong, remedy := readSecretFile(s.File)
	if wrong != "" {
		return "", fmt.Errorf("the configuration %s; %s", wrong, remedy)
	}
	return value, nil
}

// readSecretFile reads a secret without its trailing line break, and when it was written, or says what is wrong with
// the file.
func readSecretFile(path string) (value wire.Secret, written time.Time, wrong, remedy string) {
	file, err := os.Open(path)
	if err != nil {
		return "", written, "names a secret file that cannot be read: " + reasonOf(err), "create the file with the secret alone, readable by its owner: chmod 600"
	}
	defer func() { _ = file.Close() }()
	info, err := file.Stat()
	switch {
	case err != nil:
		return "", written, "names a secret file that cannot be read: " + reasonOf(err), "check the path"
	case info.IsDir():
		return "", written, "names a folder, not a secret file", "name the file that holds the secret alone"
	case runtime.GOOS != "windows" && info.Mode().Perm()&0o007 != 0:
		return "", written,
			fmt.Sprintf("names a secret file that everybody on this machine may use (mode %04o)", info.Mode().Perm()),
			"chmod 600 it; in a container, mount it with mode 0400"
	}
	content, err := io.ReadAll(io.LimitReader(file, maxSecret+1))
	text := strings.TrimRight(string(content), "\r\n")
	switch {
	case err != nil:
		return "", written, "names a secret file that cannot be read: " + reasonOf(err), "check its permissions"
	case len(content) > maxSecret:
		return "", written, "names a file that is too large for a secret", "name the file that holds the secret alone"
	case strings.TrimSpace(text) == "":
		return "", written, "names a secret file that holds only white space", "write the secret into it"
	}
	return wire.Secret(text), info.ModTime(), "", ""
}
