package main

import (
	"strings"
	"testing"

	json "github.com/goccy/go-json"

	"hermod/cmd/hermod/internal/api/client"
	"hermod/cmd/hermod/internal/cli"
)

func TestReloadSaysWhatItChangesAndADryRunChangesNothing(t *testing.T) {
	m := man(t, "alerts", "support")
	m.await(0, "status")
	// The daemon would read the file by itself. This says what it says in any case.
	head := m.head
	m.head = strings.Replace(head, "level: error", "level: error, format: json", 1)
	m.head = strings.Replace(m.head, "discord}]", "discord}], timing: {backoff: 3s}", 1)
	m.write("alerts", "support")
	m.await(0, "reload")
	m.head = head
	m.write("support", "billing: [")
	dry := m.await(cli.ExitUsage, "reload", "--dry-run")
	if dry != "" {
		t.Errorf("printed %q", dry)
	}
	code, _, stderr := runHermod(t, "", "reload")
	if code != cli.ExitUsage || !strings.Contains(stderr, "hermod.yaml:") || !strings.Contains(stderr, "nothing was changed") {
		t.Errorf("exit code %d, %q", code, stderr)
	}
	m.await(cli.ExitFailure, "status") // says that the last reload failed
	m.write("alerts", "support")
	m.await(0, "reload")
	m.await(0, "status")
	var done client.Reload
	must(t, json.Unmarshal([]byte(m.await(0, "reload", "--dry-run", "--json")), &done))
	if !done.DryRun || done.Unchanged != 2 || len(done.Settings) != 0 {
		t.Errorf("reported %+v", done)
	}
}

func TestAReloadIsPrintedAsWhatBotsDo(t *testing.T) {
	var out strings.Builder
	must(t, printReload(&out, client.Reload{DryRun: true, Added: []string{"a"}, Removed: []string{"b"}, Unchanged: 7,
		Settings: []string{"log.format", "log.level"}, Restart: []string{"log.format"}, Notes: []string{"remark"},
		Changed: []struct {
			Bot  string   `json:"bot"`
			Keys []string `json:"keys"`
		}{{Bot: "c", Keys: []string{"secret", "timing.backoff"}}}}))
	const want = `+ a starts
- b drains and ends
~ c drains and starts again: secret, timing.backoff
! log.format waits for a restart of the daemon
~ log.level
note: remark
nothing was changed; a reload would have 1 added, 1 removed, 1 changed, 7 unchanged
`
	if out.String() != want {
		t.Errorf("printed\n%swant\n%s", out.String(), want)
	}
}
