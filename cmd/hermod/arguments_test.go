package main

import (
	"strings"
	"testing"

	"hermod/cmd/hermod/internal/cli"
)

func TestACommandSaysWhichArgumentItLacks(t *testing.T) {
	for command, want := range map[string]string{
		"config check":  "a configuration file",
		"cluster apply": "a configuration file",
		"cluster drain": "a node",
		"dead show":     "the ID of a delivery",
	} {
		code, _, stderr := runHermod(t, "", strings.Fields(command)...)
		if code != cli.ExitUsage || !strings.Contains(stderr, "'hermod "+command+"' takes one argument, "+want) {
			t.Errorf("%s: exit code %d, stderr %q", command, code, stderr)
		}
	}
}
