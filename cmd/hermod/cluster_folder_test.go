package main

import (
	"strings"
	"testing"

	"hermod/cmd/hermod/internal/cli"
)

func TestAFolderWithoutAClusterIsNamed(t *testing.T) {
	folder := t.TempDir()
	code, _, stderr := runHermod(t, "", "cluster", "status", "--cluster-dev="+folder)
	if code != cli.ExitUsage || !strings.Contains(stderr, "no cluster is in "+folder) ||
		!strings.Contains(stderr, "hermod run --cluster-dev") {
		t.Errorf("exit code %d, stderr %q", code, stderr)
	}
}

func TestAClusterIsNamedOrTriedOutAndNotBoth(t *testing.T) {
	for _, command := range [][]string{{"run"}, {"cluster", "status"}} {
		arguments := append(command, "--cluster=x.yaml", "--cluster-dev="+t.TempDir())
		if code, _, stderr := runHermod(t, "", arguments...); code != 2 || !strings.Contains(stderr, "exclude each other: name the file") {
			t.Errorf("%v exits with %d and says %q", command, code, stderr)
		}
	}
}
