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
