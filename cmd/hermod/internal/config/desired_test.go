package config_test

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hermod/cmd/hermod/internal/config"
)

func written(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

const desiredFile = `
defaults: {url: 'ws://127.0.0.1:1', timing: {backoff: 2s}, deliver: {stream: {}}}
bots:
- {name: a, identities: [{platform: discord}], gateway_id: a, secret: {file: a.secret}}
- {name: b, identities: [{platform: telegram, bot_id: "42"}], timing: {max_backoff: 9s}}
`

func TestDesiredBotsHaveTheDefaultsAndNoSecrets(t *testing.T) {
	wanted, err := config.Desired(written(t, "hermod.yaml", desiredFile), nil) // there is no a.secret
	if err != nil {
		t.Fatal(err)
	}
	if names := slices.Sorted(maps.Keys(wanted)); !slices.Equal(names, []string{"a", "b"}) {
		t.Errorf("the bots are %q", names)
	}
	for name, parts := range map[string][]string{
		"a": {`"url":"ws://127.0.0.1:1"`, `"secret":{"file":"a.secret"}`, `"backoff":"2s"`},
		"b": {`"bot_id":"42"`, `"backoff":"2s"`, `"max_backoff":"9s"`},
	} {
		for _, part := range parts {
			if !strings.Contains(wanted[name], part) {
				t.Errorf("%s is %s, without %s", name, wanted[name], part)
			}
		}
	}
}

func TestADesiredBotIsLoadedWithTheNodesOwnSecrets(t *testing.T) {
	wanted, err := config.Desired(written(t, "hermod.yaml", desiredFile), nil)
	if err != nil {
		t.Fatal(err)
	}
	secret := written(t, "a.secret", "of this node\n")
	bot, files, err := config.LoadDesired("a", wanted["a"], filepath.Dir(secret), nil)
	if err != nil {
		t.Fatal(err)
	}
	if bot.Secret.Reveal().Reveal() != "of this node" || bot.Timing.Backoff.Duration.Seconds() != 2 {
		t.Errorf("the bot is %+v", bot)
	}
	if _, followed := files[secret]; !followed {
		t.Errorf("the files are %v", files)
	}
	if _, _, err := config.LoadDesired("a", wanted["a"], t.TempDir(), nil); err == nil || !strings.Contains(err.Error(), "bots[0].secret.file") {
		t.Errorf("without the secret the error is %v", err)
	}
	if _, _, err := config.LoadDesired("a", wanted["b"], t.TempDir(), nil); err == nil {
		t.Error("one bot passes for another")
	}
}

func TestWhatWouldExistOnOneNodeAloneIsNoDesiredBot(t *testing.T) {
	for name, c := range map[string]struct{ bots, key string }{
		"enrolment":      {`[{name: a, identities: [{platform: discord}], gateway_id: g, enroll: {token: {env: T}}}]`, "bots[0].enroll"},
		"provisioning":   {`[{name: a, identities: [{platform: discord}], gateway_id: g, provision: {}}]`, "bots[0].provision"},
		"a name twice":   {`[{name: a, identities: [{platform: discord}]}, {name: a, identities: [{platform: slack}]}]`, "bots[1].name"},
		"no delivery":    {`[{name: a, identities: [{platform: discord}]}]`, "bots[0].deliver"},
		"an unknown key": {`[{name: a, identities: [{platform: discord}], nmae: b}]`, "bots[0].nmae"},
		"a gateway behind": {`[{name: a, identities: [{platform: discord}], deliver: {relay: {gateway_id: g, secret: {env: S}}}}]`,
			"bots[0].deliver.relay"},
		"a gateway of two bots": {`[{name: a, identities: [{platform: discord}], deliver: {relay: {gateway_id: g, secret: {env: S}}}}, ` +
			`{name: b, identities: [{platform: discord}], deliver: {relay: {gateway_id: g, secret: {env: S}}}}]`,
			"bots[1].deliver.relay.gateway_id"},
	} {
		_, err := config.Desired(written(t, "hermod.yaml", "defaults: {url: 'ws://127.0.0.1:1'}\nbots: "+c.bots+"\n"), nil)
		invalid := new(config.InvalidError)
		if !errors.As(err, &invalid) {
			t.Errorf("%s: error is %v", name, err)
			continue
		}
		if !slices.ContainsFunc(invalid.Problems, func(p config.Problem) bool {
			return p.Key == c.key && p.At.Line == 2 && p.Wrong != "" && p.Remedy != ""
		}) {
			t.Errorf("%s: the mistakes are %v", name, invalid.Problems)
		}
	}
}

func TestABotWithAGatewayIsDesiredIfNothingIsKeptAndLoadedWhereverItRuns(t *testing.T) {
	path := written(t, "hermod.yaml", "gateways: {durable: false}\nbots: [{name: a, url: 'ws://127.0.0.1:1', "+
		"identities: [{platform: discord}], deliver: {relay: {gateway_id: g, secret: {env: S}}}}]\n")
	wanted, err := config.Desired(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	bot, _, err := config.LoadDesired("a", wanted["a"], t.TempDir(), []string{"S=of this node"}) // which listens for no gateways
	if err != nil || bot.Deliver.Relay.Secrets()[0].Reveal() != "of this node" {
		t.Errorf("the bot is %+v, error %v", bot, err)
	}
}

func TestAFileOfDesiredBotsThatIsNotThereIsSaidWithoutAFlag(t *testing.T) {
	_, err := config.Desired(filepath.Join(t.TempDir(), "gone.yaml"), nil)
	if err == nil || !strings.Contains(err.Error(), "does not exist; name a file") || strings.Contains(err.Error(), "--config") {
		t.Errorf("error is %v", err)
	}
}

func TestAFileWithoutBotsRemovesNoneByMistake(t *testing.T) {
	_, err := config.Desired(written(t, "hermod.yaml", "http: {listen: '127.0.0.1:0'}\n"), nil)
	if err == nil || !strings.Contains(err.Error(), "bots") {
		t.Errorf("error is %v", err)
	}
	wanted, err := config.Desired(written(t, "hermod.yaml", "bots: []\n"), nil)
	if err != nil || len(wanted) != 0 {
		t.Errorf("an empty list is %v, error %v", wanted, err)
	}
}
