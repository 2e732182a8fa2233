package config

import (
	"fmt"
	"strings"
)

// Position is where a value was written: a place in the file, or an environment variable.
type Position struct {
	File         string
	Line, Column int
	Env          string
}

// String gives the place as compilers do, FILE:LINE:COLUMN, or the variable's name.
func (p Position) String() string {
	switch {
	case p.Env != "":
		return p.Env
	case p.Line == 0:
		return p.File
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
}

// Problem is one mistake in the configuration. It never shows a secret.
type Problem struct {
	At Position
	// Key is the path of the value, for example bots[3].timing.backoff; "" is the whole file.
	Key string
	// Wrong says what is wrong with it, Remedy what to do.
	Wrong, Remedy string
}

// String is one line that names the place, the key, the mistake and the remedy.
func (p Problem) String() string {
	if p.Key == "" {
		return fmt.Sprintf("%s: %s; %s", p.At, p.Wrong, p.Remedy)
	}
	return fmt.Sprintf("%s: %s: %s; %s", p.At, p.Key, p.Wrong, p.Remedy)
}

// InvalidError says that a configuration cannot be used.
type InvalidError struct {
	// Problems are in the file's order; at least one.
	Problems []Problem
	// Files are those that were read, as far as it got; see Config.Files.
	Files map[string]Sum
}

// Error gives each problem a line.
func (e *InvalidError) Error() string {
	lines := make([]string, 0, len(e.Problems))
	for _, p := range e.Problems {
		lines = append(lines, p.String())
	}
	return strings.Join(lines, "\n")
}
