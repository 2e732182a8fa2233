package main

import (
	"runtime"
	"strings"
	"testing"

	"hermod/cmd/hermod/internal/cli"
)

func TestUsageErrorsExit2AndNameTheFlagAndTheRemedy(t *testing.T) {
	for _, tc := range []struct {
		args string
		want []string
	}{
		{"--nonsense", []string{"--nonsense", "--help"}},
		{"nonsense", []string{"nonsense"}},
		{"connector --nonsense", []string{"--nonsense", "hermod connector --help"}},
		{"connector extra", []string{"extra"}},
		{"connector --listen nonsense", []string{"--listen", "127.0.0.1:8466"}},
		{"connector --dev --listen 0.0.0.0:0", []string{"--dev", "--listen 127.0.0.1:8466", "unix socket"}},
		{"connector --gateway g1", []string{"--gateway", "ID=SECRET_FILE"}},
		{"connector --gateway =x", []string{"--gateway", "ID=SECRET_FILE"}},
		{"connector --gateway g1=/does/not/exist", []string{"--gateway g1", "secret"}},
		{"connector --wake-url g1", []string{"--wake-url", "ID=URL"}},
		{"connector --tenant acme", []string{"--tenant", "NAME=TOKEN_FILE"}},
		{"connector --tenant acme=/does/not/exist", []string{"--tenant acme", "secret"}},
		{"connector --listen unix:relative", []string{"--listen", "unix:/PATH"}},
		{"connector --tls-cert c", []string{"--tls-key", "name the file"}},
		{"connector --tls-key k", []string{"--tls-cert", "name the file"}},
		{"connector --tls-client-ca a", []string{"--tls-cert", "name the file"}},
		{"connector --listen unix:/s --tls-cert c --tls-key k", []string{"--tls-cert", "unix socket", "leave it out"}},
		{"connector --tls-cert /does/not/exist --tls-key k", []string{"--tls-cert", "PEM"}},
		{"connector --gateways /does/not/exist", []string{"--gateways", "ID SECRET_FILE"}},
		{"connector --wake-network 10", []string{"--wake-network", "10.0.0.0/8"}},
		{"connector --tenant-gateways -1", []string{"--tenant-gateways"}},
		{"connector --tenant-bytes -1", []string{"--tenant-bytes"}},
		{"connector --enroll-token file", []string{"--enroll-token", "needs --tenant"}},
		{"token mint --ttl nonsense", []string{"--ttl"}},
		{"token mint --gateway-id g1 --ttl -1s", []string{"--ttl", "0"}},
		{"token mint", []string{"--gateway-id"}},
		{"token mint --gateway-id g1", []string{"--secret-file", "HERMOD_SECRET"}},
		{"token verify", []string{"--secret-file", "HERMOD_SECRET"}},
		{"version extra", []string{"extra"}},
	} {
		code, stdout, stderr := runHermod(t, "", strings.Fields(tc.args)...)
		if code != cli.ExitUsage || stdout != "" {
			t.Errorf("hermod %s: exit code %d, stdout %q", tc.args, code, stdout)
		}
		for _, want := range tc.want {
			if !strings.Contains(stderr, want) {
				t.Errorf("hermod %s: %q does not say %q", tc.args, stderr, want)
			}
		}
	}
}

func TestHelpNamesEveryCommand(t *testing.T) {
	for _, args := range [][]string{nil, {"help"}, {"--help"}} {
		code, stdout, _ := runHermod(t, "", args...)
		for _, want := range []string{"connector", "token", "version", "completion"} {
			if code != 0 || !strings.Contains(stdout, want) {
				t.Errorf("hermod %v: exit code %d, no %q in %q", args, code, want, stdout)
			}
		}
	}
	if code, stdout, _ := runHermod(t, "", "connector", "--help"); code != 0 || !strings.Contains(stdout, "--buffer-all") {
		t.Errorf("hermod connector --help: exit code %d, %q", code, stdout)
	}
}

func TestCompletionIsThereForEveryShell(t *testing.T) {
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		if code, stdout, _ := runHermod(t, "", "completion", shell); code != 0 || !strings.Contains(stdout, "hermod") {
			t.Errorf("completion %s: exit code %d, %d bytes", shell, code, len(stdout))
		}
	}
}

func TestVersionNamesCommitAndGo(t *testing.T) {
	for _, args := range [][]string{{"version"}, {"--version"}} {
		code, stdout, _ := runHermod(t, "", args...)
		for _, want := range []string{"hermod ", "commit ", runtime.Version()} {
			if code != 0 || !strings.Contains(stdout, want) {
				t.Errorf("hermod %v: exit code %d, no %q in %q", args, code, want, stdout)
			}
		}
	}
}

func TestAReleaseSaysWhatItIsStampedWith(t *testing.T) {
	t.Cleanup(func() { version, commit, modified = "", "", "" })
	version, commit = "v1.2.3", "abc"
	for _, modified = range []string{"true", "false"} {
		_, stdout, _ := runHermod(t, "", "version")
		want := "hermod v1.2.3\ncommit abc"
		if modified == "true" {
			want += " (modified)"
		}
		if !strings.HasPrefix(stdout, want+"\n") {
			t.Errorf("modified %s: %q", modified, stdout)
		}
	}
}
