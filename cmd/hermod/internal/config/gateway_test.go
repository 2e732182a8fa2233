package config_test

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"hermod/cmd/hermod/internal/config"
	"hermod/gateway/boot"
)

func TestTheEnvironmentAloneDescribesOneGateway(t *testing.T) {
	cfg, err := config.Load("", []string{
		"GATEWAY_RELAY_URL=https://connector.example", "GATEWAY_RELAY_ID=g1", "GATEWAY_RELAY_SECRET=canary-secret",
		"GATEWAY_RELAY_PLATFORMS=discord, telegram", `GATEWAY_RELAY_BOT_IDS={"discord":{"botId":"b1"},"telegram":{"botId":42}}`,
		"HERMOD_DEFAULTS_TIMING_BACKOFF=2s",
	})
	must(t, err)
	bot := cfg.Bots[0]
	want := []config.Identity{{Platform: "discord", BotID: "b1"}, {Platform: "telegram", BotID: "42"}}
	if len(cfg.Bots) != 1 || bot.Name != "gateway" || bot.GatewayID != "g1" || bot.Secret.Reveal().Reveal() != "canary-secret" ||
		len(bot.Identities) != 2 || bot.Identities[0] != want[0] || bot.Identities[1] != want[1] ||
		bot.Deliver.Kind() != config.KindStream {
		t.Errorf("bot is %+v", bot)
	}
	if bot.Timing.Backoff.Seconds() != 2 || len(cfg.Files) != 0 {
		t.Errorf("backoff %v, files %v", bot.Timing.Backoff, cfg.Files)
	}
}

func TestTheEnvironmentTellsTheBootPlane(t *testing.T) {
	environment := []string{
		"GATEWAY_RELAY_URL=https://connector.example", "GATEWAY_RELAY_ID=g1", "GATEWAY_RELAY_PLATFORM=discord",
		"GATEWAY_RELAY_IDP_TOKEN_URL=https://idp.example/token", "GATEWAY_RELAY_IDP_CLIENT_ID=c1",
		"GATEWAY_RELAY_IDP_CLIENT_SECRET=canary-client", "GATEWAY_RELAY_IDP_SCOPE=relay", "GATEWAY_RELAY_DELIVERY_KEY=the key",
		"GATEWAY_RELAY_ENDPOINT=https://g1.example", "GATEWAY_RELAY_ROUTE_KEYS=r1, r2,,", "GATEWAY_RELAY_INSTANCE_ID=i1",
		"GATEWAY_RELAY_WAKE_URL=https://g1.example/wake", "GATEWAY_RELAY_DISPLAY_NAME=Support",
		"HERMES_GATEWAY_ADAPTER_DISCONNECT_TIMEOUT=7.5",
	}
	cfg, err := config.Load("", environment)
	must(t, err)
	bot := cfg.Bots[0]
	provider, err := bot.IdentityProvider.Provider()
	must(t, err)
	want := boot.IdentityProvider{TokenURL: "https://idp.example/token", ClientID: "c1", ClientSecret: "canary-client", Scope: "relay"}
	if provider != want || bot.IdentityToken != nil || bot.DeliveryKey != "the key" {
		t.Errorf("provider %+v, delivery key given %v", provider, bot.DeliveryKey != "")
	}
	announced := config.Provision{Endpoint: "https://g1.example", RouteKeys: []string{"r1", "r2"}, InstanceID: "i1",
		WakeURL: "https://g1.example/wake", DisplayName: "Support"}
	if !reflect.DeepEqual(*bot.Provision, announced) {
		t.Errorf("provision %+v", *bot.Provision)
	}
	if cfg.Shutdown.Budget.Duration != 7500*time.Millisecond {
		t.Errorf("draining may take %v", cfg.Shutdown.Budget)
	}
	cfg, err = config.Load("", append(environment, "HERMOD_SHUTDOWN_BUDGET=3s"))
	must(t, err)
	if cfg.Shutdown.Budget.Duration != 3*time.Second {
		t.Errorf("draining may take %v, and not what HERMOD_SHUTDOWN_BUDGET says", cfg.Shutdown.Budget)
	}
	cfg, err = config.Load("", append(environment, "GATEWAY_RELAY_IDENTITY_TOKEN=canary-identity"))
	must(t, err)
	if bot := cfg.Bots[0]; bot.IdentityToken.Reveal() != "canary-identity" || bot.IdentityProvider != nil {
		t.Errorf("beside a token there is a provider: %+v", bot.IdentityProvider)
	}
}

func TestTheEnvironmentAloneMayNameASinglePlatform(t *testing.T) {
	cfg, err := config.Load("", []string{"GATEWAY_RELAY_URL=ws://h", "GATEWAY_RELAY_PLATFORM=discord", "GATEWAY_RELAY_BOT_ID=b1"})
	must(t, err)
	if identity := cfg.Bots[0].Identities[0]; identity != (config.Identity{Platform: "discord", BotID: "b1"}) {
		t.Errorf("identity is %+v", identity)
	}
}

func TestMistakesInTheEnvironmentNameTheVariable(t *testing.T) {
	good := []string{"GATEWAY_RELAY_URL=ws://h", "GATEWAY_RELAY_PLATFORM=discord", "GATEWAY_RELAY_IDP_TOKEN_URL=https://idp.example"}
	tests := []struct {
		name, wrong, starts, remedy string
	}{
		{"no connector", "GATEWAY_RELAY_URL=", "GATEWAY_RELAY_URL: is not set", "--config"},
		{"bad URL", "GATEWAY_RELAY_URL=h", "GATEWAY_RELAY_URL: bots[0].url: must begin with", "wss://connector.example"},
		{"no platform", "GATEWAY_RELAY_PLATFORM=", "GATEWAY_RELAY_PLATFORMS: is not set", "discord,telegram"},
		{"bot ids are no JSON", "GATEWAY_RELAY_BOT_IDS=b1", "GATEWAY_RELAY_BOT_IDS: is not a JSON object", `{"discord":{"botId":"b1"}}`},
		{"id without secret", "GATEWAY_RELAY_ID=g1", "GATEWAY_RELAY_ID: bots[0].gateway_id: is there without secret", "secret"},
		{"half a client", "GATEWAY_RELAY_IDP_CLIENT_ID=c1", "GATEWAY_RELAY_IDP_CLIENT_ID: bots[0].identity_provider.client_id: is there without client_secret", "client_secret"},
		{"blank secret", "GATEWAY_RELAY_SECRET=  ", "GATEWAY_RELAY_SECRET: bots[0].secret.env: refers to", "real secret"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := config.Load("", append(append([]string{}, good...), tt.wrong))
			if err == nil {
				t.Fatal("no mistake found")
			}
			found := false
			for line := range strings.SplitSeq(err.Error(), "\n") {
				found = found || strings.HasPrefix(line, tt.starts) && strings.Contains(line, tt.remedy)
			}
			if !found {
				t.Errorf("errors are\n%v", err)
			}
		})
	}
}
