package main

import (
	"encoding/json"
	"fmt"
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

func TestConfigCheckNotesThatThereAreNoBots(t *testing.T) {
	path := filepath.Join(t.TempDir(), "hermod.yaml")
	must(t, os.WriteFile(path, []byte("bots: []\n"), 0o600))
	if code, _, stderr := runHermod(t, "", "config", "check", path); code != 0 || !strings.Contains(stderr, "note: there are no bots") {
		t.Errorf("exit code %d, %q", code, stderr)
	}
}

func TestConfigCheckFindsAStateFolderThatCannotBeWritten(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "hermod.yaml")
	must(t, os.WriteFile(filepath.Join(folder, "token"), []byte("t"), 0o600))
	must(t, os.WriteFile(path, []byte("bots:\n  - {name: a, url: 'ws://h', gateway_id: g, identities: [{platform: discord, bot_id: b}], "+
		"identity_token: {file: token}, provision: {}, deliver: {stream: {}}}\nstate: kept\n"), 0o600))
	if code, _, stderr := runHermod(t, "", "config", "check", path); code != 0 {
		t.Errorf("a folder that can be made: exit code %d, %q", code, stderr)
	}
	if _, err := os.Lstat(filepath.Join(folder, "kept")); err == nil {
		t.Error("the check left the folder behind")
	}
	must(t, os.WriteFile(filepath.Join(folder, "kept"), nil, 0o600))
	code, _, stderr := runHermod(t, "", "config", "check", path)
	if code != cli.ExitUsage || !strings.HasPrefix(stderr, path+": state: ") {
		t.Errorf("a file in its place: exit code %d, %q", code, stderr)
	}
}

func TestConfigCheckReadsAPipe(t *testing.T) {
	read, write, err := os.Pipe()
	must(t, err)
	t.Cleanup(func() { _ = read.Close() })
	_, err = write.WriteString("bots:\n  - {name: a, url: 'ws://h', identities: [{platform: discord, bot_id: b}], deliver: {stream: {}}}\n")
	must(t, err)
	must(t, write.Close())
	path := fmt.Sprintf("/dev/fd/%d", read.Fd())
	if code, stdout, stderr := runHermod(t, "", "config", "check", path); code != 0 || !strings.Contains(stdout, "1 bot can run") {
		t.Errorf("exit code %d, %q, %q", code, stdout, stderr)
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

func TestConfigCheckReadsStandardInput(t *testing.T) {
	clearEnvironment(t)
	const bot = "bots:\n  - {name: a, url: wss://c.example, identities: [{platform: discord}], deliver: {stream: {}}}\n"
	if code, stdout, stderr := runHermod(t, bot, "config", "check", "-"); code != 0 || stdout != "standard input: 1 bot can run\n" {
		t.Errorf("exit code %d, %q %q", code, stdout, stderr)
	}
	if code, _, stderr := runHermod(t, bot+"x: 1\n", "config", "check", "-"); code != cli.ExitUsage || !strings.HasPrefix(stderr, "standard input:3:1: x: ") {
		t.Errorf("exit code %d, %q", code, stderr)
	}
}
