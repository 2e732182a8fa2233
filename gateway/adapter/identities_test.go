package adapter_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"hermod/gateway/adapter"
	"hermod/wire"
)

// env stands in for os.Getenv: pairs of a name behind GATEWAY_RELAY_ and a value.
func env(pairs ...string) func(string) string {
	return func(name string) string {
		for i := 0; i < len(pairs); i += 2 {
			if "GATEWAY_RELAY_"+pairs[i] == name {
				return pairs[i+1]
			}
		}
		return ""
	}
}

func TestIdentities(t *testing.T) {
	for _, tt := range []struct {
		name  string
		env   func(string) string
		want  []wire.Identity
		warns string
	}{
		{name: "nothing is set", env: env()},
		{
			name: "a list in its order, trimmed", env: env("PLATFORMS", " telegram, discord ,,", "BOT_IDS", `{"discord":{"botId":" d1 "},"telegram":{"botId":"t1"}}`),
			want: []wire.Identity{{Platform: "telegram", BotID: "t1"}, {Platform: "discord", BotID: "d1"}},
		},
		{
			name: "a list hides the single platform", env: env("PLATFORMS", "slack", "PLATFORM", "discord", "BOT_ID", "d1"),
			want: []wire.Identity{{Platform: "slack"}},
		},
		{name: "a single platform", env: env("PLATFORM", " discord ", "BOT_ID", " d1 "), want: []wire.Identity{{Platform: "discord", BotID: "d1"}}},
		{name: "an empty list", env: env("PLATFORMS", " , ", "PLATFORM", "discord"), want: []wire.Identity{{Platform: "discord"}}},
		{
			name: "ids that are numbers", env: env("PLATFORMS", "telegram", "BOT_IDS", `{"telegram":{"botId":12345678901234567890}}`),
			want: []wire.Identity{{Platform: "telegram", BotID: "12345678901234567890"}},
		},
		{
			name: "entries of another form", env: env("PLATFORMS", "a,b,c", "BOT_IDS", `{"a":"x","b":{"botId":null},"c":{"botId":["x"]}}`),
			want: []wire.Identity{{Platform: "a"}, {Platform: "b"}, {Platform: "c"}},
		},
		{name: "bad JSON", env: env("PLATFORMS", "discord", "BOT_IDS", `{"discord":{"botId":"secret"}`), want: []wire.Identity{{Platform: "discord"}}, warns: "is not JSON"},
		{name: "JSON that is no object", env: env("PLATFORMS", "discord", "BOT_IDS", `[1]`), want: []wire.Identity{{Platform: "discord"}}, warns: "is not a JSON object"},
		{name: "null", env: env("PLATFORMS", "discord", "BOT_IDS", `null`), want: []wire.Identity{{Platform: "discord"}}, warns: "is not a JSON object"},
	} {
		got, warning := adapter.Identities(tt.env)
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
		var config *wire.ConfigError
		if warned := errors.As(warning, &config); warned != (tt.warns != "") {
			t.Errorf("%s: warning %v", tt.name, warning)
		} else if warned && (config.Field != "GATEWAY_RELAY_BOT_IDS" || !strings.Contains(warning.Error(), tt.warns) ||
			strings.Contains(warning.Error(), "secret")) {
			t.Errorf("%s: warning %v", tt.name, warning)
		}
	}
}

func TestBotUsername(t *testing.T) {
	bots := env("BOT_IDS", `{"telegram":{"botId":"42","username":"@@helper_bot"},"discord":{"username":7},"slack":{"botId":"s"},"sms":"x"}`)
	for platform, want := range map[string]string{"telegram": "helper_bot", "discord": "7", "slack": "", "sms": "", "signal": ""} {
		if got := adapter.BotUsername(bots, platform); got != want {
			t.Errorf("%s: %q, want %q", platform, got, want)
		}
	}
	if got := adapter.BotUsername(env("BOT_IDS", "{"), "telegram"); got != "" {
		t.Errorf("of bad JSON: %q", got)
	}
}
