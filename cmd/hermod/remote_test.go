package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	json "github.com/goccy/go-json"

	"hermod/cmd/hermod/internal/cli"
	"hermod/cmd/hermod/internal/daemon"
	"hermod/cmd/hermod/internal/remote"
	"hermod/connector"
	"hermod/wire"
)

const remoteToken = "a-token-for-the-tests-of-commands"

// manned is a daemon that commands of a test use, and the connector of its bots.
type manned struct {
	t          *testing.T
	connector  *connector.Connector
	head, path string // of the configuration: what comes before the bots, and where it is
}

// man runs a daemon with these bots, each a gateway of its name, until the test ends. The environment names it.
func man(t *testing.T, bots ...string) *manned {
	t.Helper()
	c := serve(t, func(cfg *connector.Config) {
		for _, bot := range bots {
			cfg.Gateways[bot] = []wire.Secret{gatewaySecret}
		}
	})
	m := &manned{t: t, connector: c, path: filepath.Join(t.TempDir(), "hermod.yaml")}
	m.head = fmt.Sprintf("http: {listen: '127.0.0.1:0', token: {env: TOKEN}}\nlog: {level: error}\ndefaults: {url: '%s', secret: {env: S}, deliver: {stream: {}}, identities: [{platform: discord}]}\n", c.URL())
	m.write(bots...)
	ctx, cancel := context.WithCancel(context.Background())
	lines, stdout := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		err := daemon.Run(ctx, daemon.Options{Path: m.path, Version: "test", Stdout: stdout, Stderr: t.Output(),
			Environ: []string{"S=" + gatewaySecret.Reveal(), "S2=" + signingSecret, "TOKEN=" + remoteToken}})
		ended <- errors.Join(err, stdout.CloseWithError(err))
	}()
	t.Cleanup(func() {
		cancel()
		must(t, <-ended)
	})
	var first struct {
		Listening string `json:"listening"`
	}
	must(t, json.NewDecoder(lines).Decode(&first))
	go func() { _, _ = io.Copy(io.Discard, lines) }()
	t.Setenv("HERMOD_URL", "http://"+first.Listening)
	t.Setenv("HERMOD_TOKEN", remoteToken)
	return m
}

// write replaces the configuration.
func (m *manned) write(bots ...string) {
	m.t.Helper()
	text := m.head + "bots:\n"
	for _, bot := range bots {
		text += fmt.Sprintf("  - {name: %s, gateway_id: %s}\n", bot, bot)
	}
	must(m.t, os.WriteFile(m.path, []byte(text), 0o600))
}

// await runs a command until it exits with a code, and returns its output.
func (m *manned) await(code int, args ...string) string {
	m.t.Helper()
	limit := time.Now().Add(time.Minute)
	for {
		got, stdout, stderr := runHermod(m.t, "", args...)
		if got == code {
			return stdout
		}
		if time.Now().After(limit) {
			m.t.Fatalf("hermod %v: exit code %d, want %d\n%s%s", args, got, code, stdout, stderr)
		}
	}
}

func TestStatusIsATableAndAnExitCode(t *testing.T) {
	m := man(t, "alerts", "eu-1", "eu-2")
	table := m.await(0, "status")
	for _, want := range []string{"BOT", "alerts  ● ready", "3 bots: 3 connected"} {
		if !strings.Contains(table, want) {
			t.Errorf("no %q in\n%s", want, table)
		}
	}
	must(t, m.connector.Revoke("eu-2"))
	table = m.await(cli.ExitFailure, "status")
	if lines := strings.Split(table, "\n"); !strings.HasPrefix(lines[1], "eu-2") || !strings.Contains(lines[1], "enrol this gateway again") {
		t.Errorf("the bot in trouble, with its remedy, is not first:\n%s", table)
	}
	if table := m.await(0, "status", "eu-1", "a*"); strings.Contains(table, "eu-2") || !strings.Contains(table, "2 bots") {
		t.Errorf("status of two bots:\n%s", table)
	}
	var report statusReport
	must(t, json.Unmarshal([]byte(m.await(cli.ExitFailure, "status", "--json")), &report))
	if report.Healthy || len(report.Bots) != 3 || report.Daemon.Version != "test" {
		t.Errorf("reported %+v", report)
	}
}

func TestCommandsSteerTheBotsThatTheyName(t *testing.T) {
	m := man(t, "alerts", "eu-1", "eu-2")
	m.await(0, "status")
	if out := m.await(0, "disable", "eu-*", "--yes"); out != "eu-1 disabled\neu-2 disabled\n" {
		t.Errorf("printed %q", out)
	}
	if table := m.await(0, "status", "eu-1"); !strings.Contains(table, "(operator)") {
		t.Errorf("eu-1 is\n%s", table)
	}
	m.await(0, "enable", "eu-1", "eu-2")
	m.await(0, "status")
	m.await(0, "reconnect", "eu-1")
	m.await(0, "status")
	m.await(0, "sleep", "eu-1")
	m.await(0, "wake", "--all", "--yes")
	var results []outcome
	must(t, json.Unmarshal([]byte(m.await(0, "reconnect", "alerts", "--json")), &results))
	if len(results) != 1 || !results[0].OK || results[0].Bot != "alerts" {
		t.Errorf("reported %+v", results)
	}
	m.await(0, "disable", "alerts")
	code, _, stderr := runHermod(t, "", "sleep", "alerts", "eu-1")
	if code != cli.ExitFailure || !strings.Contains(stderr, "alerts: ") || !strings.Contains(stderr, "1 of 2 bots") {
		t.Errorf("exit code %d, %s", code, stderr)
	}
}

func TestCommandsThatCannotBeObeyedChangeNothing(t *testing.T) {
	m := man(t, "alerts", "support")
	m.await(0, "status")
	for _, tc := range []struct {
		args, want string
		code       int
	}{
		{"disable", "--all", cli.ExitUsage},
		{"disable --all alerts", "--all", cli.ExitUsage},
		{"disable --all", "2 bots; give --yes", cli.ExitUsage},
		{"disable s*", "1 bot; give --yes", cli.ExitUsage},
		{"disable alerts suport", "did you mean support?", remote.ExitUnknown},
		{"status nobody-of-this-name", "no bot", remote.ExitUnknown},
		{"disable alerts --url http://127.0.0.1:1", "hermod run", remote.ExitUnreachable},
		{"disable alerts --url nonsense", "--url", cli.ExitUsage},
		{"disable alerts --token-file /no/such/file", "--token-file", cli.ExitUsage},
	} {
		code, stdout, stderr := runHermod(t, "", strings.Fields(tc.args)...)
		if code != tc.code || !strings.Contains(stderr, tc.want) || stdout != "" {
			t.Errorf("hermod %s: exit code %d, %q %q", tc.args, code, stdout, stderr)
		}
	}
	t.Setenv("HERMOD_TOKEN", "another-token-0123456789")
	code, _, stderr := runHermod(t, "", "disable", "alerts")
	if code != remote.ExitRefused || !strings.Contains(stderr, "--token-file") || strings.Contains(stderr, "another-token") {
		t.Errorf("a wrong token: exit code %d, %q", code, stderr)
	}
	t.Setenv("HERMOD_TOKEN", remoteToken)
	m.await(0, "status")
}

func TestBotNamesAreCompleted(t *testing.T) {
	m := man(t, "alerts", "support")
	m.await(0, "status")
	if code, stdout, _ := runHermod(t, "", "__complete", "disable", "s"); code != 0 || !strings.Contains(stdout, "support") {
		t.Errorf("exit code %d, %q", code, stdout)
	}
	t.Setenv("HERMOD_URL", "http://127.0.0.1:1")
	if code, stdout, _ := runHermod(t, "", "__complete", "disable", "s"); code != 0 || strings.Contains(stdout, "support") {
		t.Errorf("without a daemon: exit code %d, %q", code, stdout)
	}
}

func TestLogLevelsAreSetForAWhileAndReset(t *testing.T) {
	m := man(t, "alerts", "support")
	m.await(0, "status")
	if out := m.await(0, "logs", "level"); !strings.Contains(out, "error  as configured") {
		t.Errorf("at first:\n%s", out)
	}
	m.await(0, "logs", "level", "warn", "--for", "8h")
	out := m.await(0, "logs", "level", "debug", "--bot", "support", "--for", "10m")
	for _, want := range []string{"the daemon", "warn", "then error", "bot support", "debug", "in 10m0s"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	m.await(0, "reload")
	m.await(0, "logs", "level", "reset")
	if out := m.await(0, "logs", "level", "reset", "--bot", "support"); !strings.Contains(out, "as configured") || strings.Contains(out, "bot support") {
		t.Errorf("in the end:\n%s", out)
	}
	for args, code := range map[string]int{"trace": cli.ExitUsage, "--bot support": cli.ExitUsage, "debug --for 25h": cli.ExitUsage,
		"debug --for 0s": cli.ExitUsage, "debug --bot suport": remote.ExitUnknown} {
		if got, _, stderr := runHermod(t, "", append([]string{"logs", "level"}, strings.Fields(args)...)...); got != code || stderr == "" {
			t.Errorf("hermod logs level %s: exit code %d, %q", args, got, stderr)
		}
	}
}
