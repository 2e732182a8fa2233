package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hermod/cmd/hermod/internal/cli"
)

func TestConfigCheckSaysThatAFileCanRun(t *testing.T) {
	path := filepath.Join(t.TempDir(), "hermod.yaml")
	must(t, os.WriteFile(path, []byte("bots:\n  - {name: a, url: ws://h, identities: [{platform: sandwich}], deliver: {stream: {}}}\n"), 0o600))
	code, stdout, stderr := runHermod(t, "", "config", "check", path)
	if code != 0 || stdout != path+": 1 bot can run\n" || !strings.Contains(stderr, "note: bot a: platform") {
		t.Errorf("exit code %d, %q, %q", code, stdout, stderr)
	}
}

func TestConfigCheckGivesEachMistakeALine(t *testing.T) {
	path := filepath.Join(t.TempDir(), "hermod.yaml")
	must(t, os.WriteFile(path, []byte("bots:\n  - {nmae: a, secret: hunter2}\n"), 0o600))
	code, stdout, stderr := runHermod(t, "", "config", "check", path)
	lines := strings.Split(strings.TrimSpace(stderr), "\n")
	if code != cli.ExitUsage || stdout != "" || len(lines) != 4 || !strings.HasPrefix(lines[0], path+":2:6: bots[0].n") ||
		lines[3] != "hermod: 3 mistakes in the configuration" {
		t.Errorf("exit code %d, %q, %q", code, stdout, stderr)
	}
	if strings.Contains(stderr, "hunter2") {
		t.Error("shows a secret")
	}
}

func TestConfigSchemaPrintsTheSchema(t *testing.T) {
	code, stdout, _ := runHermod(t, "", "config", "schema")
	var schema map[string]any
	if err := json.Unmarshal([]byte(stdout), &schema); code != 0 || err != nil || schema["$schema"] == nil {
		t.Errorf("exit code %d, %v", code, err)
	}
}

func TestRunNamesEachMistakeAndDoesNotStart(t *testing.T) {
	clearEnvironment(t)
	code, stdout, stderr := runHermod(t, "", "run")
	if code != cli.ExitUsage || stdout != "" || !strings.Contains(stderr, "GATEWAY_RELAY_URL: is not set") || !strings.Contains(stderr, "--config") {
		t.Errorf("exit code %d, %q, %q", code, stdout, stderr)
	}
}
