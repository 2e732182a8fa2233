package pipe

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

	"github.com/spf13/pflag"

	"hermod/actors"
	"hermod/cmd/hermod/internal/cli"
	"hermod/supervisor"
	"hermod/wire"
)

// parsePipe returns what 'hermod pipe' would run with.
func parsePipe(t *testing.T, args ...string) (Config, string, error) {
	t.Helper()
	var f Flags
	flags := pflag.NewFlagSet("pipe", pflag.ContinueOnError)
	f.Register(flags)
	must(t, flags.Parse(args))
	var stderr bytes.Buffer
	cfg, err := f.Config(flags.Changed, &stderr)
	return cfg, stderr.String(), err
}

// clearEnvironment empties what the pipe reads of the environment.
func clearEnvironment(t *testing.T) {
	t.Helper()
	for _, name := range []string{
		"GATEWAY_RELAY_URL", "GATEWAY_RELAY_ID", "GATEWAY_RELAY_SECRET", "GATEWAY_RELAY_PLATFORMS",
		"GATEWAY_RELAY_BOT_IDS", "GATEWAY_RELAY_PLATFORM", "GATEWAY_RELAY_BOT_ID", cli.SecretVariable,
		"HERMES_GATEWAY_ADAPTER_DISCONNECT_TIMEOUT",
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
			clearEnvironment(t)
			for name, value := range tt.env {
				t.Setenv("GATEWAY_RELAY_"+name, value)
			}
			cfg, stderr, err := parsePipe(t, append([]string{"--url", "ws://h"}, tt.args...)...)
			must(t, err)
			if !reflect.DeepEqual(cfg.Relay.Identities, tt.want) {
				t.Errorf("identities %v, want %v", cfg.Relay.Identities, tt.want)
			}
			if warned := strings.Contains(stderr, "GATEWAY_RELAY_BOT_IDS"); warned != tt.warns {
				t.Errorf("wrote %q", stderr)
			}
		})
	}
}

func TestPipeTakesTheBudgetOfItsCloseFromTheEnvironment(t *testing.T) {
	clearEnvironment(t)
	for value, want := range map[string]time.Duration{"": 0, "2.5": 2500 * time.Millisecond, "0": time.Second} {
		t.Setenv("HERMES_GATEWAY_ADAPTER_DISCONNECT_TIMEOUT", value)
		cfg, _, err := parsePipe(t, "--url", "ws://h", "--platform", "discord")
		must(t, err)
		if cfg.CloseBudget != want {
			t.Errorf("%q is a budget of %v, want %v", value, cfg.CloseBudget, want)
		}
	}
}

func TestPipeTakesTheNamesOfSubcommands(t *testing.T) {
	clearEnvironment(t)
	cfg, _, err := parsePipe(t, "--url", "ws://h", "--platform", "slack", "--subcommand", "/model, new", "--subcommand", "stop,")
	must(t, err)
	if want := []string{"/model", "new", "stop"}; !reflect.DeepEqual(cfg.Subcommands, want) {
		t.Errorf("subcommands %q, want %q", cfg.Subcommands, want)
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
		{"own variable first", map[string]string{"GATEWAY_RELAY_ID": "g1", "GATEWAY_RELAY_SECRET": "relay", cli.SecretVariable: "own"}, nil, "g1", "own"},
		{"flags first", map[string]string{"GATEWAY_RELAY_ID": "g1", cli.SecretVariable: "own"}, []string{"--gateway-id", "g2", "--secret-file", file}, "g2", "from file"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			clearEnvironment(t)
			for name, value := range tt.env {
				t.Setenv(name, value)
			}
			cfg, _, err := parsePipe(t, append([]string{"--url", "ws://h", "--platform", "discord"}, tt.args...)...)
			must(t, err)
			if cfg.Relay.GatewayID != tt.id || cfg.Relay.Secret.Reveal() != tt.secret {
				t.Errorf("id %q, secret %q", cfg.Relay.GatewayID, cfg.Relay.Secret.Reveal())
			}
		})
	}
}

func TestPipeTakesItsSettingsFromFlags(t *testing.T) {
	clearEnvironment(t)
	t.Setenv("GATEWAY_RELAY_URL", "ws://from.environment")
	cfg, _, err := parsePipe(t, "--platform", "discord", "--no-reconnect", "--backoff", "2s", "--max-backoff", "1m",
		"--connect-timeout", "3s", "--outbound-timeout", "4s", "--max-frame", "2000000", "--strategy", "confirm", "--manual-ack")
	must(t, err)
	cfg.Relay.Logger = nil
	want := Config{ManualAck: true, Relay: actors.Config{
		URL: "ws://from.environment", Identities: []wire.Identity{{Platform: "discord"}}, NoReconnect: true,
		Backoff: 2 * time.Second, MaxBackoff: time.Minute, DialTimeout: 3 * time.Second, HandshakeTimeout: 3 * time.Second,
		OutboundTimeout: 4 * time.Second, MaxFrame: 2_000_000, Strategy: supervisor.Confirm,
	}}
	if !reflect.DeepEqual(cfg, want) {
		t.Errorf("config %+v", cfg)
	}
}

func TestPipeLogsAtTheLevelAsked(t *testing.T) {
	clearEnvironment(t)
	for level, want := range map[string]slog.Level{"": slog.LevelWarn, "debug": slog.LevelDebug, "ERROR": slog.LevelError} {
		args := []string{"--url", "ws://h", "--platform", "p"}
		if level != "" {
			args = append(args, "--log-level", level)
		}
		cfg, _, err := parsePipe(t, args...)
		must(t, err)
		log := cfg.Relay.Logger
		if !log.Enabled(context.Background(), want) || log.Enabled(context.Background(), want-1) {
			t.Errorf("level %q is not %v", level, want)
		}
	}
}
