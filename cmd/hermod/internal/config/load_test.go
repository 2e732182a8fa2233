package config_test

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hermod/cmd/hermod/internal/config"
	"hermod/supervisor"
	"hermod/wire"
)

func load(t *testing.T, content string, environ ...string) *config.Config {
	t.Helper()
	cfg, err := config.Load(write(t, content), environ)
	must(t, err)
	return cfg
}

func TestBotsHaveWhatDefaultsAndTheSchemaSay(t *testing.T) {
	cfg := load(t, `
defaults:
  url: wss://connector.example
  gateway_id: g0
  secret: {file: good}
  timing: {backoff: 2s, dial_timeout: 5s}
  deliver: {stream: {}}
bots:
  - name: plain
    identities: [{platform: telegram, bot_id: "1"}]
  - name: own
    enabled: false
    identities: [{platform: discord}]
    gateway_id: g1
    secret: {env: OWN}
    strategy: confirm
    timing: {backoff: 3s}
    deliver: {webhook: {url: "http://127.0.0.1:9/", secret: {file: signing}}}
`, "OWN=another secret")
	plain, own := cfg.Bots[0], cfg.Bots[1]
	if plain.GatewayID != "g0" || plain.Secret.Reveal().Reveal() != "a good secret" || plain.Deliver.Kind() != config.KindStream ||
		plain.Timing.Backoff.Duration != 2*time.Second || !plain.Enabled || !plain.Reconnect ||
		plain.Strategy != supervisor.Terminal {
		t.Errorf("plain is %+v", plain)
	}
	if own.GatewayID != "g1" || own.Secret.Reveal().Reveal() != "another secret" || own.Deliver.Kind() != config.KindWebhook ||
		own.Timing.Backoff.Duration != 3*time.Second || own.Timing.DialTimeout.Duration != 5*time.Second ||
		own.Timing.PongTimeout.Duration != time.Minute || own.Enabled ||
		own.Deliver.Webhook.Timeout.Duration != 30*time.Second ||
		own.Deliver.Webhook.RetryFor.Duration != 24*time.Hour {
		t.Errorf("own is %+v", own)
	}
	if cfg.HTTP.Listen != "127.0.0.1:8470" || cfg.HTTP.Auth != config.AuthOff ||
		cfg.Shutdown.Budget.Duration != 15*time.Second || cfg.Log.Level != "info" {
		t.Errorf("the rest is %+v %+v %+v", cfg.HTTP, cfg.Log, cfg.Shutdown)
	}
	relay, err := own.Relay()
	must(t, err)
	if relay.Secret.Reveal() != "another secret" || relay.Identities[0] != (wire.Identity{Platform: "discord"}) || relay.MaxHandlers != 64 {
		t.Errorf("relay is %+v", relay)
	}
}

func TestTheVariablesOfAProcessAreTextOrSecrets(t *testing.T) {
	cfg := load(t, with("deliver: {process: {command: [cat], env: {MODE: quick, EMPTY: '', F: {file: good}, E: {env: KEY}}}}"),
		"KEY=hunter2")
	env := cfg.Bots[0].Deliver.Process.Env
	for name, want := range map[string]string{"MODE": "quick", "EMPTY": "", "F": "a good secret", "E": "hunter2"} {
		if value, there := env[name]; !there || value.Reveal() != want {
			t.Errorf("%s is %q (%v), want %q", name, value.Reveal(), there, want)
		}
	}
	if shown := fmt.Sprintf("%+v %#v", env, cfg.Bots[0].Deliver.Process); strings.Contains(shown, "hunter2") {
		t.Errorf("shows %s", shown)
	}
}

func TestFilesAreThoseThatTheConfigurationWasReadFrom(t *testing.T) {
	path := write(t, with("gateway_id: g, secret: {file: good}"))
	cfg, err := config.Load(path, nil)
	must(t, err)
	secret := filepath.Join(filepath.Dir(path), "good")
	want := map[string]config.Sum{path: sumOf(t, path), secret: sumOf(t, secret)}
	if !maps.Equal(cfg.Files, want) || want[path] == want[secret] {
		t.Errorf("files are %v, want %v", cfg.Files, want)
	}
}

func TestTheAgeOfSecretsIsThatOfTheOldestFileOfEachKey(t *testing.T) {
	path := write(t, "http: {token: {file: good}}\ndefaults: {identities: [{platform: irc, bot_id: b}]}\nbots:\n"+
		"- {name: a, url: 'ws://c', deliver: {stream: {}}, gateway_id: a, secret: {file: new}}\n"+
		"- {name: b, url: 'ws://c', deliver: {stream: {}}, gateway_id: b, secret: {file: old}}\n"+
		"- {name: c, url: 'ws://c', deliver: {process: {command: [sh], env: {KEY: {file: good}}}}, "+
		"gateway_id: c, secret: {env: IN}, identity_token: {file: good}}\n")
	written := map[string]time.Time{"good": time.Unix(3e8, 0), "new": time.Unix(2e8, 0), "old": time.Unix(1e8, 0)}
	for name, at := range written {
		file := filepath.Join(filepath.Dir(path), name)
		must(t, os.WriteFile(file, []byte("canary-file"), 0o600))
		must(t, os.Chtimes(file, at, at))
	}
	cfg, err := config.Load(path, []string{"IN=inside"})
	must(t, err)
	want := map[string]time.Time{"http.token": written["good"], "bots.secret": written["old"],
		"bots.deliver.process": written["good"]}
	if !maps.EqualFunc(cfg.SecretsWritten, want, time.Time.Equal) {
		t.Errorf("secrets were written %v, want %v", cfg.SecretsWritten, want)
	}
}

func TestSecretsShowThemselvesNowhere(t *testing.T) {
	cfg := load(t, with("gateway_id: g, secret: {file: good}"))
	if shown := fmt.Sprintf("%+v %#v", cfg.Bots[0].Secret, *cfg.Bots[0]); strings.Contains(shown, "a good secret") {
		t.Errorf("shows %s", shown)
	}
}

func TestTheEnvironmentOverridesTheFile(t *testing.T) {
	cfg := load(t, "log: {level: warn}\n"+head+bot,
		"HERMOD_LOG_LEVEL=debug", "HERMOD_HTTP_LISTEN=127.0.0.1:0", "HERMOD_HTTP_TOKEN=canary-token",
		"HERMOD_DEFAULTS_TIMING_BACKOFF=7s", "HERMOD_DEFAULTS_LIMITS_TRIES=9", "HERMOD_DEFAULTS_RECONNECT=false",
		"HERMOD_LOG_FORMAT=", "HERMOD_SERVICE_HOST=10.0.0.1")
	b := cfg.Bots[0]
	if cfg.Log.Level != "debug" || cfg.Log.Format != "text" || cfg.HTTP.Listen != "127.0.0.1:0" || b.Timing.Backoff.Duration != 7*time.Second ||
		b.Limits.Tries != 9 || b.Reconnect {
		t.Errorf("configuration is %+v %+v", cfg, b)
	}
	if cfg.HTTP.Token.Reveal().Reveal() != "canary-token" || cfg.HTTP.Auth != config.AuthRequired {
		t.Errorf("HTTP is %+v", cfg.HTTP)
	}
	if len(cfg.Notes) != 1 || !strings.Contains(cfg.Notes[0], "HERMOD_SERVICE_HOST") {
		t.Errorf("notes are %q", cfg.Notes)
	}
}

func TestAliasesAndMergesAreFollowed(t *testing.T) {
	cfg := load(t, `
bots:
  - &first
    name: a
    url: ws://h
    identities: &bots [{platform: telegram}]
    timing: {backoff: 2s}
    deliver: {stream: {}}
  - <<: *first
    name: b
    identities: *bots
    timing: {backoff: 4s}
`)
	if b := cfg.Bots[1]; b.Name != "b" || b.URL != "ws://h" || b.Timing.Backoff.Duration != 4*time.Second ||
		b.Identities[0].Platform != "telegram" {
		t.Errorf("bot is %+v", b)
	}
}

func TestAFileThatNamesItselfIntoBillionsIsRefused(t *testing.T) {
	var file strings.Builder
	file.WriteString("a0: &a0 [x]\n")
	for i := range 40 {
		fmt.Fprintf(&file, "a%d: &a%d [%s*a%d]\n", i+1, i+1, strings.Repeat(fmt.Sprintf("*a%d, ", i), 9), i)
	}
	_, err := config.Load(write(t, file.String()), nil)
	if err == nil || !strings.Contains(err.Error(), "use fewer aliases") {
		t.Errorf("error is %.200v", err)
	}
}

func TestMistakesComeInTheOrderOfTheFile(t *testing.T) {
	_, err := config.Load(write(t, head+"  - {name: 1, url: 2}\n  - {name: 3}\nlog: 4\n"), nil)
	var invalid *config.InvalidError
	if !errors.As(err, &invalid) || len(invalid.Problems) != 4 {
		t.Fatalf("error is %v", err)
	}
	for i, line := range []int{4, 4, 5, 6} {
		if invalid.Problems[i].At.Line != line {
			t.Errorf("problem %d is at %v", i, invalid.Problems[i].At)
		}
	}
}

func TestAFileThatIsNotThereIsSaid(t *testing.T) {
	_, err := config.Load(filepath.Join(t.TempDir(), "gone.yaml"), nil)
	if err == nil || !strings.Contains(err.Error(), "--config") {
		t.Errorf("error is %v", err)
	}
}

func TestBotsThatShareAGatewayAreNoted(t *testing.T) {
	cfg := load(t, head+bot+"  - {name: b, url: 'http://h/relay', identities: [{platform: discrod}]}\n")
	notes := strings.Join(cfg.Notes, "\n")
	if !strings.Contains(notes, "bots a and b dial the same connector") || !strings.Contains(notes, "did you mean discord?") {
		t.Errorf("notes are %s", notes)
	}
}

func TestManyBotsThatShareAGatewayAreOneNote(t *testing.T) {
	var text strings.Builder
	for i := range 500 {
		fmt.Fprintf(&text, "  - {name: b%d, url: 'http://h/relay', identities: [{platform: discord}]}\n", i)
	}
	cfg := load(t, head+bot+text.String())
	if len(cfg.Notes) != 1 || !strings.Contains(cfg.Notes[0], "bots a, b0, b1 and 498 more dial") {
		t.Errorf("%d notes, the first %s", len(cfg.Notes), cfg.Notes[0])
	}
}

func TestServingEverybodyIsAllowedInSoManyWordsAndNoted(t *testing.T) {
	cfg := load(t, "http: {listen: '0.0.0.0:1', auth: 'off'}\n"+head+bot)
	if !cfg.HTTP.Public || len(cfg.Notes) != 1 {
		t.Errorf("HTTP is %+v, notes %q", cfg.HTTP, cfg.Notes)
	}
}

func TestTheExampleCanRun(t *testing.T) {
	folder := t.TempDir()
	content, err := os.ReadFile("../../../../examples/hermod.yaml")
	must(t, err)
	for name, secret := range map[string]string{"support.secret": "canary-file", "alerts.secret": "canary-file", "webhook.secret": signing} {
		must(t, os.WriteFile(filepath.Join(folder, name), []byte(secret+"\n"), 0o600))
	}
	path := filepath.Join(folder, "hermod.yaml")
	must(t, os.WriteFile(path, content, 0o600))
	cfg, err := config.Load(path, nil)
	must(t, err)
	if len(cfg.Notes) > 0 || len(cfg.Bots) != 2 {
		t.Errorf("notes %q", cfg.Notes)
	}
}

func sumOf(t *testing.T, path string) config.Sum {
	t.Helper()
	sum, err := config.SumOf(path)
	if err != nil {
		t.Fatal(err)
	}
	return sum
}

func TestTheStateFolderIsTheOneThatSomebodyNamed(t *testing.T) {
	for name, tt := range map[string]struct {
		file, want string // want is relative to the file's folder
		env        []string
	}{
		"nobody":              {head + bot, "", nil},
		"the file":            {head + bot + "state: kept\n", "kept", nil},
		"the environment":     {head + bot, "/kept", []string{"HERMOD_STATE=/kept"}},
		"the service manager": {head + bot, "/kept", []string{"STATE_DIRECTORY=/kept:/other"}},
		"a bot's enrolment": {with("gateway_id: g, identity_token: {file: good}, enroll: {token: {file: good}}"), "/base/hermod",
			[]string{"XDG_STATE_HOME=/base"}},
	} {
		path := write(t, tt.file)
		cfg, err := config.Load(path, tt.env)
		must(t, err)
		want := tt.want
		if want != "" && !filepath.IsAbs(want) {
			want = filepath.Join(filepath.Dir(path), want)
		}
		if cfg.State != want {
			t.Errorf("%s: the folder is %q, want %q", name, cfg.State, want)
		}
	}
}
