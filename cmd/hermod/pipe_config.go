package main

import (
	"errors"
	"io"
	"log/slog"
	"os"
	"strings"
	"time"

	"hermod/actors"
	"hermod/gateway/adapter"
	"hermod/supervisor"
	"hermod/wire"
)

// pipeConfig is what 'hermod pipe' runs with.
type pipeConfig struct {
	relay     actors.Config // without handlers
	manualAck bool
}

// config joins the flags with the environment; every error names its flag.
func (f *pipeFlags) config(given func(flag string) bool, stderr io.Writer) (pipeConfig, error) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(f.logLevel)); err != nil {
		return pipeConfig{}, usageError("--log-level %q is not known; use debug, info, warn or error", f.logLevel)
	}
	log := slog.New(slog.NewTextHandler(stderr, &slog.HandlerOptions{Level: level}))
	cfg := pipeConfig{manualAck: f.manualAck, relay: actors.Config{
		URL:         firstSet(f.url, os.Getenv("GATEWAY_RELAY_URL")),
		GatewayID:   firstSet(f.gatewayID, os.Getenv("GATEWAY_RELAY_ID")),
		NoReconnect: f.noReconnect,
		Backoff:     f.backoff, MaxBackoff: f.maxBackoff,
		DialTimeout: f.connectLimit, HandshakeTimeout: f.connectLimit, OutboundTimeout: f.resultLimit,
		MaxFrame: f.maxFrame,
		Logger:   log,
	}}
	if cfg.relay.URL == "" {
		return cfg, usageError("--url is missing; name the connector, for example ws://127.0.0.1:8466, or set GATEWAY_RELAY_URL")
	}
	if err := f.checkNumbers(given); err != nil {
		return cfg, err
	}
	var err error
	if cfg.relay.Strategy, err = supervisor.ParseStrategy(f.strategy); err != nil {
		return cfg, nameRelayFlags(err)
	}
	if cfg.relay.Identities, err = f.relayIdentities(log); err != nil {
		return cfg, err
	}
	cfg.relay.Secret, err = f.relaySecret(cfg.relay.GatewayID)
	return cfg, err
}

// checkNumbers refuses a zero, which would pass for a flag that was not given.
func (f *pipeFlags) checkNumbers(given func(flag string) bool) error {
	for flag, value := range map[string]time.Duration{
		"backoff": f.backoff, "max-backoff": f.maxBackoff,
		"connect-timeout": f.connectLimit, "outbound-timeout": f.resultLimit,
	} {
		if given(flag) && value <= 0 {
			return usageError("--%s %v is not positive; use for example 5s", flag, value)
		}
	}
	if given("max-frame") && f.maxFrame <= 0 {
		return usageError("--max-frame %d is not positive; use at least 1048576", f.maxFrame)
	}
	return nil
}

// relayIdentities returns the bots on the command line, or the environment's when none is there.
func (f *pipeFlags) relayIdentities(log *slog.Logger) ([]wire.Identity, error) {
	var identities []wire.Identity
	environment, warning := adapter.Identities(os.Getenv)
	if warning != nil {
		log.Warn("reading the environment", "error", warning)
	}
	switch {
	case f.platform != "":
		first := wire.Identity{Platform: f.platform, BotID: f.botID}
		for _, known := range environment {
			if first.BotID == "" && known.Platform == first.Platform {
				first.BotID = known.BotID
			}
		}
		identities = append(identities, first)
	case len(f.identities) == 0 && len(environment) > 0:
		identities = environment
		identities[0].BotID = firstSet(f.botID, identities[0].BotID)
	case f.botID != "":
		return nil, usageError("--bot-id needs --platform; name the bot's platform")
	}
	for _, pair := range f.identities {
		platform, botID, _ := strings.Cut(pair, ":")
		if strings.TrimSpace(platform) == "" {
			return nil, usageError("--identity %q has no platform; use PLATFORM:BOT_ID, for example discord:b1", pair)
		}
		identities = append(identities, wire.Identity{Platform: platform, BotID: botID})
	}
	if len(identities) == 0 {
		return nil, usageError("--platform is missing; name the bot's platform, for example discord, or set GATEWAY_RELAY_PLATFORM")
	}
	return identities, nil
}

// relaySecret reads the secret of the gateway; neither id nor secret means a dial without a token.
func (f *pipeFlags) relaySecret(gatewayID string) (wire.Secret, error) {
	secret, err := f.anySecret()
	switch {
	case err != nil:
		return "", err
	case gatewayID == "" && secret != "":
		return "", usageError("--gateway-id is missing; name the gateway whose secret was given, or leave the secret out")
	case gatewayID != "" && secret == "":
		return "", usageError("--secret-file is missing; name the file that holds the gateway's secret, or set %s", secretVariable)
	}
	return secret, nil
}

func (f *pipeFlags) anySecret() (wire.Secret, error) {
	if f.secretFile != "" {
		return readSecret("--secret-file", f.secretFile)
	}
	if secret, ok, err := secretFromEnvironment(); ok || err != nil {
		return secret, err
	}
	secret := wire.Secret(os.Getenv("GATEWAY_RELAY_SECRET"))
	if secret.Valid() != nil {
		return "", usageError("GATEWAY_RELAY_SECRET holds only white space; set the secret or unset the variable")
	}
	return secret, nil
}

// nameRelayFlags says of the first configuration error in err which flag it came from.
func nameRelayFlags(err error) error {
	var config *wire.ConfigError
	if !errors.As(err, &config) {
		return err
	}
	flag := map[string]string{
		"url": "--url", "strategy": "--strategy", "MaxFrame": "--max-frame", "MaxBackoff": "--max-backoff",
	}[config.Field]
	reason := config.Reason
	if config.Field == "MaxBackoff" {
		reason = "is shorter than --backoff; raise it"
	}
	if flag == "" {
		return err
	}
	return usageError("%s: %s", flag, reason)
}

func firstSet(values ...string) string {
	for _, value := range values {
		if value != "" {
			return value
		}
	}
	return ""
}
