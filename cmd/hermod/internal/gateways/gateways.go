package gateways

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"hermod/cmd/hermod/internal/cli"
	"hermod/wire"
)

// maxLine bounds a line in bytes.
const maxLine = 64 << 10

// list is a file as far as it was read.
type list struct {
	path     string
	secrets  map[string][]wire.Secret
	lines    map[string]int // of each gateway
	mistakes []error
}

// Read returns the secrets of each gateway, newest first. The error joins all mistakes of the list.
func Read(path string) (map[string][]wire.Secret, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("reading the list of gateways: %w; name a file with a line for each gateway: ID SECRET_FILE", err)
	}
	defer func() { _ = file.Close() }()
	info, err := file.Stat()
	if err != nil {
		return nil, fmt.Errorf("reading the list of gateways: %w", err)
	}
	if mode := info.Mode(); runtime.GOOS != "windows" && mode.IsRegular() && mode.Perm()&0o002 != 0 {
		return nil, fmt.Errorf("everybody on this machine may add gateways to %s (mode %04o); chmod o-w it", path, mode.Perm())
	}
	l := &list{path: path, secrets: make(map[string][]wire.Secret), lines: make(map[string]int)}
	scanner := bufio.NewScanner(file)
	scanner.Buffer(nil, maxLine)
	n := 0
	for scanner.Scan() {
		n++
		l.add(n, scanner.Text())
	}
	if err := scanner.Err(); err != nil {
		l.wrong(n+1, "%w; a line has at most %d bytes", err, maxLine)
	}
	if len(l.lines) == 0 && len(l.mistakes) == 0 {
		l.wrong(1, "the list names no gateway; write a line for each: ID SECRET_FILE")
	}
	return l.secrets, errors.Join(l.mistakes...)
}

func (l *list) wrong(line int, format string, args ...any) {
	l.mistakes = append(l.mistakes, fmt.Errorf("%s:%d: %w", l.path, line, fmt.Errorf(format, args...)))
}

// add reads one line.
func (l *list) add(line int, text string) {
	fields := strings.Fields(text)
	if len(fields) == 0 || strings.HasPrefix(fields[0], "#") {
		return
	}
	id, files := fields[0], fields[1:]
	if before := l.lines[id]; before != 0 {
		l.wrong(line, "gateway %q is on line %d already; put all its secret files on one line, the newest first", id, before)
		return
	}
	l.lines[id] = line
	if len(files) == 0 {
		l.wrong(line, "gateway %q has no secret file; write its path after the id", id)
	}
	for _, file := range files {
		if !filepath.IsAbs(file) {
			file = filepath.Join(filepath.Dir(l.path), file)
		}
		secret, err := cli.ReadSecret(fmt.Sprintf("gateway %q", id), file)
		if err != nil {
			l.wrong(line, "%w", err)
			continue
		}
		l.secrets[id] = append(l.secrets[id], secret)
	}
}
