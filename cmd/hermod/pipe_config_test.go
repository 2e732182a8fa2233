package main

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"hermod/actors"
	"hermod/supervisor"
	"hermod/wire"
)

// parsePipe returns what 'hermod pipe' would run with.
func parsePipe(t *testing.T, args ...string) (pipeConfig, string, error) {
	t.Helper()
	var f pipeFlags
	cmd := newPipeCommand()
	cmd.ResetFlags()
	f.register(cmd)
	if err := cmd.ParseFlags(args); err != nil {
		t.Fatal(err)
	}
	var stderr bytes.Buffer
	cfg, err := f.config(cmd.Flags().Changed, &stderr)
	return cfg, stderr.String(), err
}

// clearPipeEnvironment empties what the pipe reads of the environment.
func clearPipeEnvironment(t *testing.T) {
	t.Helper()
	for _, name := range []string{
		"GATEWAY_RELAY_URL", "GATEWAY_RELAY_ID", "GATEWAY_RELAY_SECRET", "GATEWAY_RELAY_PLATFORMS",
		"GATEWAY_RELAY_BOT_IDS", "GATEWAY_RELAY_PLATFORM", "GATEWAY_RELAY_BOT_ID", secretVariable,
	} {
		t.Setenv(name, "")
	}
}

func TestPipeTakesIdentitiesFromTheEnvironment(t *testing.T) {
	tests := []struct {
		name  string
		env   map[string]string
		args  []string
		want  []wire.Identity
		warns bool
	}{
		{
			name: "list with ids",
			env:  map[string]string{"PLATFORMS": " discord , telegram,,", "BOT_IDS": `{"telegram":{"botId":"t1"},"discord":{"botId":"d1"}}`},
			want: []wire.Identity{{Platform: "discord", BotID: "d1"}, {Platform: "telegram", BotID: "t1"}},
		},
		{
			name: "list without ids",
			env:  map[string]string{"PLATFORMS": "discord"},
			want: []wire.Identity{{Platform: "discord"}},
		},
		{
			name:  "ids that are no JSON",
			env:   map[string]string{"PLATFORMS": "discord", "BOT_IDS": `{"discord":`},
			want:  []wire.Identity{{Platform: "discord"}},
			warns: true,
		},
		{
			name:  "ids that are a list",
			env:   map[string]string{"PLATFORMS": "discord", "BOT_IDS": `[1]`},
			want:  []wire.Identity{{Platform: "discord"}},
			warns: true,
		},
		{
			name: "an entry that is no object",
			env:  map[string]string{"PLATFORMS": "discord,slack", "BOT_IDS": `{"discord":"b1","slack":{"botId":"s1"}}`},
			want: []wire.Identity{{Platform: "discord"}, {Platform: "slack", BotID: "s1"}},
		},
		{
			name: "an id that is a number, and one that is neither",
			env:  map[string]string{"PLATFORMS": "telegram,slack", "BOT_IDS": `{"telegram":{"botId":12345678901234567890},"slack":{"botId":[1]}}`},
			want: []wire.Identity{{Platform: "telegram", BotID: "12345678901234567890"}, {Platform: "slack"}},
		},
		{
			name: "a single platform",
			env:  map[string]string{"PLATFORM": "discord", "BOT_ID": "d1"},
			want: []wire.Identity{{Platform: "discord", BotID: "d1"}},
		},
		{
			name: "the list before the single one",
			env:  map[string]string{"PLATFORMS": "slack", "PLATFORM": "discord", "BOT_ID": "d1"},
			want: []wire.Identity{{Platform: "slack"}},
		},
		{
			name: "a blank list",
			env:  map[string]string{"PLATFORMS": " , ", "PLATFORM": "discord"},
			want: []wire.Identity{{Platform: "discord"}},
		},
		{
			name: "flags before the environment",
			env:  map[string]string{"PLATFORMS": "slack", "PLATFORM": "discord", "BOT_ID": "d1"},
			args: []string{"--platform", "telegram", "--bot-id", "t1", "--identity", "matrix:@bot:server", "--identity", "sms"},
			want: []wire.Identity{{Platform: "telegram", BotID: "t1"}, {Platform: "matrix", BotID: "@bot:server"}, {Platform: "sms"}},
		},
		{
			name: "the environment's id of a platform that a flag names",
			env:  map[string]string{"PLATFORM": "discord", "BOT_ID": "d1"},
			args: []string{"--platform", "discord"},
			want: []wire.Identity{{Platform: "discord", BotID: "d1"}},
		},
		{
			name: "an id for the environment's platform",
			env:  map[string]string{"PLATFORM": "discord", "BOT_ID": "d1"},
			args: []string{"--bot-id", "d2"},
			want: []wire.Identity{{Platform: "discord", BotID: "d2"}},
		},
		{
			name: "identities alone",
			env:  map[string]string{"PLATFORM": "discord"},
			args: []string{"--identity", "slack:s1"},
			want: []wire.Identity{{Platform: "slack", BotID: "s1"}},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			clearPipeEnvironment(t)
			for name, value := range tt.env {
				t.Setenv("GATEWAY_RELAY_"+name, value)
			}
			cfg, stderr, err := parsePipe(t, append([]string{"--url", "ws://h"}, tt.args...)...)
			must(t, err)
			if !reflect.DeepEqual(cfg.relay.Identities, tt.want) {
				t.Errorf("identities %v, want %v", cfg.relay.Identities, tt.want)
			}
			if warned := strings.Contains(stderr, "GATEWAY_RELAY_BOT_IDS"); warned != tt.warns {
				t.Errorf("wrote %q", stderr)
			}
		})
	}
}

func TestPipeTakesItsCredentialWhereItIsNamed(t *testing.T) {
	file := filepath.Join(t.TempDir(), "secret")
	must(t, os.WriteFile(file, []byte("from file\n"), 0o600))
	tests := []struct {
		name       string
		env        map[string]string
		args       []string
		id, secret string
	}{
		{"none", nil, nil, "", ""},
		{"environment", map[string]string{"GATEWAY_RELAY_ID": "g1", "GATEWAY_RELAY_SECRET": "relay"}, nil, "g1", "relay"},
		{"own variable first", map[string]string{"GATEWAY_RELAY_ID": "g1", "GATEWAY_RELAY_SECRET": "relay", secretVariable: "own"}, nil, "g1", "own"},
		{"flags first", map[string]string{"GATEWAY_RELAY_ID": "g1", secretVariable: "own"}, []string{"--gateway-id", "g2", "--secret-file", file}, "g2", "from file"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			clearPipeEnvironment(t)
			for name, value := range tt.env {
				t.Setenv(name, value)
			}
			cfg, _, err := parsePipe(t, append([]string{"--url", "ws://h", "--platform", "discord"}, tt.args...)...)
			must(t, err)
			if cfg.relay.GatewayID != tt.id || cfg.relay.Secret.Reveal() != tt.secret {
				t.Errorf("id %q, secret %q", cfg.relay.GatewayID, cfg.relay.Secret.Reveal())
			}
		})
	}
}

func TestPipeTakesItsSettingsFromFlags(t *testing.T) {
	clearPipeEnvironment(t)
	t.Setenv("GATEWAY_RELAY_URL", "ws://from.environment")
	cfg, _, err := parsePipe(t, "--platform", "discord", "--no-reconnect", "--backoff", "2s", "--max-backoff", "1m",
		"--connect-timeout", "3s", "--outbound-timeout", "4s", "--max-frame", "2000000", "--strategy", "confirm", "--manual-ack")
	must(t, err)
	cfg.relay.Logger = nil
	want := pipeConfig{manualAck: true, relay: actors.Config{
		URL: "ws://from.environment", Identities: []wire.Identity{{Platform: "discord"}}, NoReconnect: true,
		Backoff: 2 * time.Second, MaxBackoff: time.Minute, DialTimeout: 3 * time.Second, HandshakeTimeout: 3 * time.Second,
		OutboundTimeout: 4 * time.Second, MaxFrame: 2_000_000, Strategy: supervisor.Confirm,
	}}
	if !reflect.DeepEqual(cfg, want) {
		t.Errorf("config %+v", cfg)
	}
}

func TestPipeLogsAtTheLevelAsked(t *testing.T) {
	clearPipeEnvironment(t)
	for level, want := range map[string]slog.Level{"": slog.LevelWarn, "debug": slog.LevelDebug, "ERROR": slog.LevelError} {
		args := []string{"--url", "ws://h", "--platform", "p"}
		if level != "" {
			args = append(args, "--log-level", level)
		}
		cfg, _, err := parsePipe(t, args...)
		must(t, err)
		log := cfg.relay.Logger
		if !log.Enabled(context.Background(), want) || log.Enabled(context.Background(), want-1) {
			t.Errorf("level %q is not %v", level, want)
		}
	}
}

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
		{"a secret alone", relay, map[string]string{secretVariable: "s"}, "--gateway-id is missing"},
		{"a gateway alone", append(relay, "--gateway-id", "g1"), nil, "--secret-file is missing"},
		{"a blank secret file", append(relay, "--gateway-id", "g1", "--secret-file", blank), nil, "--secret-file: the secret file holds only white space"},
		{"a blank secret", append(relay, "--gateway-id", "g1"), map[string]string{secretVariable: " \t"}, "HERMOD_SECRET holds only white space"},
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
			clearPipeEnvironment(t)
			for name, value := range tt.env {
				t.Setenv(name, value)
			}
			code, stdout, stderr := runHermod(t, "", append([]string{"pipe"}, tt.args...)...)
			if code != exitUsage || stdout != "" || !strings.Contains(stderr, tt.wrong) || strings.Contains(stderr, "my-secret") {
				t.Errorf("exit code %d, stdout %q, stderr %q", code, stdout, stderr)
			}
		})
	}
}
