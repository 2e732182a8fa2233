//go:build unix

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestConfigCheckNotesWhatTheLimitsDoNotSufficeFor(t *testing.T) {
	var before syscall.Rlimit
	must(t, syscall.Getrlimit(syscall.RLIMIT_NOFILE, &before))
	t.Cleanup(func() { _ = syscall.Setrlimit(syscall.RLIMIT_NOFILE, &before) })
	must(t, syscall.Setrlimit(syscall.RLIMIT_NOFILE, &syscall.Rlimit{Cur: 120, Max: before.Max}))
	file := "defaults: {url: 'ws://h', deliver: {stream: {}}}\nbots:\n"
	for i := range 100 {
		file += fmt.Sprintf("  - {name: b%d, gateway_id: g%d, secret: {env: PATH}, identities: [{platform: discord}]}\n", i, i)
	}
	path := filepath.Join(t.TempDir(), "hermod.yaml")
	must(t, os.WriteFile(path, []byte(file), 0o600))
	code, stdout, stderr := runHermod(t, "", "config", "check", path)
	if code != 0 || !strings.Contains(stdout, "100 bots can run") ||
		!strings.Contains(stderr, "note: 100 bots need 164 open files, and the process may have 120: raise its limit") {
		t.Errorf("exit code %d, %q, %q", code, stdout, stderr)
	}
}
