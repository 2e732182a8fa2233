package main

import (
	"testing"

	"hermod/cmd/hermod/internal/cli"
)

func TestTopRefusesWhatItCannotUse(t *testing.T) {
	for _, args := range [][]string{{"--url", "127.0.0.1:8470"}, {"--url", "ftp://x"}, {"--token-file", "/no/such/file"}, {"extra"}, {}} {
		code, _, stderr := runHermod(t, "", append([]string{"top"}, args...)...)
		if code != cli.ExitUsage || stderr == "" {
			t.Errorf("%v: exit code %d, %q", args, code, stderr)
		}
	}
}
