package config

import (
	"crypto/sha256"
	"errors"
	"io"
	"io/fs"
	"os"
)

// Sum tells one content of a file from another; that of a file that cannot be read is zero. That of a pattern tells one
// set of files that match it from another.
type Sum [sha256.Size]byte

// SumOf reads the file as it is now; the error says why the sum is zero.
func SumOf(path string) (sum Sum, err error) {
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) && hasWildcard(path) {
		matches, err := matchesOf(path)
		return sumOfNames(matches), err
	}
	if err != nil {
		return sum, err
	}
	defer func() { _ = file.Close() }()
	hash := sha256.New()
	if _, err = io.Copy(hash, io.LimitReader(file, maxFile)); err == nil {
		hash.Sum(sum[:0])
	}
	return sum, err
}

// readFrom notes that the configuration depends on a file. It is called before the file is read for use, so that no
// change after that goes unnoticed.
func (c *Config) readFrom(path string) {
	if c.Files == nil {
		c.Files = make(map[string]Sum)
	}
	if _, known := c.Files[path]; !known {
		c.Files[path], _ = SumOf(path)
	}
}
