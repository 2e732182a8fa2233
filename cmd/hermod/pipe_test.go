package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hermod/cmd/hermod/internal/cli"
)

func TestPipeNamesTheFlagThatIsWrong(t *testing.T) {
	blank := filepath.Join(t.TempDir(), "blank")
	must(t, os.WriteFile(blank, []byte(" \n"), 0o600))
	relay := []string{"--url", "ws://127.0.0.1:1", "--platform", "discord"}
	tests := []struct {
		name  string
		args  []string
		env   map[string]string
		wrong string
	}{
		{"no url", []string{"--platform", "discord"}, nil, "--url is missing"},
		{"no platform", []string{"--url", "ws://h"}, nil, "--platform is missing"},
		{"a bot without a platform", []string{"--url", "ws://h", "--bot-id", "b"}, nil, "--bot-id needs --platform"},
		{"a bad url", []string{"--url", "ftp://h", "--platform", "discord"}, nil, "--url: must begin with"},
		{"an identity without a platform", append(relay, "--identity", ":b1"), nil, "--identity"},
		{"a secret alone", relay, map[string]string{cli.SecretVariable: "s"}, "--gateway-id is missing"},
		{"a gateway alone", append(relay, "--gateway-id", "g1"), nil, "--secret-file is missing"},
		{"a blank secret file", append(relay, "--gateway-id", "g1", "--secret-file", blank), nil, "--secret-file: the secret file holds only white space"},
		{"a blank secret", append(relay, "--gateway-id", "g1"), map[string]string{cli.SecretVariable: " \t"}, "HERMOD_SECRET holds only white space"},
		{"a blank relay secret", append(relay, "--gateway-id", "g1"), map[string]string{"GATEWAY_RELAY_SECRET": " \t"}, "GATEWAY_RELAY_SECRET holds only white space"},
		{"no backoff", append(relay, "--backoff", "0"), nil, "--backoff 0s is not positive"},
		{"a negative limit", append(relay, "--outbound-timeout", "-1s"), nil, "--outbound-timeout -1s is not positive"},
		{"a backoff above the longest", append(relay, "--backoff", "5s", "--max-backoff", "1s"), nil, "--max-backoff: is shorter than --backoff"},
		{"a small frame", append(relay, "--max-frame", "1000"), nil, "--max-frame: is under 1 MiB"},
		{"no frame", append(relay, "--max-frame", "0"), nil, "--max-frame 0 is not positive"},
		{"an unknown strategy", append(relay, "--strategy", "hope"), nil, "--strategy: "},
		{"an unknown level", append(relay, "--log-level", "loud"), nil, "--log-level"},
		{"an argument", append(relay, "my-secret"), nil, "takes no such argument"},
		{"a duration without a unit", append(relay, "--backoff", "5"), nil, "--backoff"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			clearEnvironment(t)
			for name, value := range tt.env {
				t.Setenv(name, value)
			}
			code, stdout, stderr := runHermod(t, "", append([]string{"pipe"}, tt.args...)...)
			if code != cli.ExitUsage || stdout != "" || !strings.Contains(stderr, tt.wrong) || strings.Contains(stderr, "my-secret") {
				t.Errorf("exit code %d, stdout %q, stderr %q", code, stdout, stderr)
			}
		})
	}
}
