package pipe

import (
	"errors"
	"io"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"hermod/actors"
	"hermod/cmd/hermod/internal/cli"
	"hermod/gateway/adapter"
	"hermod/supervisor"
	"hermod/wire"
)

// Flags are the flags of 'hermod pipe'. What was not given is zero.
type Flags struct {
	url, platform, botID, gatewayID, secretFile    string
	strategy, logLevel                             string
	identities, subcommands                        []string
	noReconnect, manualAck                         bool
	backoff, maxBackoff, connectLimit, resultLimit time.Duration
	maxFrame                                       int
}

// Register adds the flags to a command's.
func (f *Flags) Register(flags *pflag.FlagSet) {
	flags.StringVar(&f.url, "url", "", "the connector's `URL` (default: $GATEWAY_RELAY_URL)")
	flags.StringVar(&f.platform, "platform", "", "`PLATFORM` of the bot (default: from the environment)")
	flags.StringVar(&f.botID, "bot-id", "", "the bot's `ID` on the platform (default: from the environment)")
	flags.StringArrayVar(&f.identities, "identity", nil, "`PLATFORM:BOT_ID` of another bot behind this relay; repeatable")
	flags.StringSliceVar(&f.subcommands, "subcommand", nil, "`NAME` of a command of yours that Slack's /hermes may name; repeatable")
	flags.StringVar(&f.gatewayID, "gateway-id", "", "the gateway's `ID` (default: $GATEWAY_RELAY_ID)")
	flags.StringVar(&f.secretFile, "secret-file", "", "`FILE` that holds the gateway's secret (default: $HERMOD_SECRET, then $GATEWAY_RELAY_SECRET)")
	flags.BoolVar(&f.noReconnect, "no-reconnect", false, "exit with 4 when the connection ends")
	flags.DurationVar(&f.backoff, "backoff", 0, "first `DELAY` between dials (default 1s)")
	flags.DurationVar(&f.maxBackoff, "max-backoff", 0, "longest `DELAY` between dials (default 30s)")
	flags.DurationVar(&f.connectLimit, "connect-timeout", 0, "time `LIMIT` of a dial, and of the handshake after it (default 30s)")
	flags.DurationVar(&f.resultLimit, "outbound-timeout", 0, "time `LIMIT` of the wait for a command's result (default 30s)")
	flags.IntVar(&f.maxFrame, "max-frame", 0, "longest line from the connector in `BYTES`, at least 1 MiB (default 8 MiB)")
	flags.StringVar(&f.strategy, "strategy", "", "`NAME` of the rule: which refusals (4401, HTTP 401) after a handshake are confirmed by one more dial: those of a redial (terminal), all (confirm) or none (strict) (default terminal)")
	flags.BoolVar(&f.manualAck, "manual-ack", false, "acknowledge a buffered delivery by the command \"ack\" instead of when its record is written")
	flags.StringVar(&f.logLevel, "log-level", "warn", "`LEVEL` of the log: debug, info, warn or error")
}

// Config joins the flags with the environment. given says whether a flag was on the command line, and the relay logs to
// stderr. Errors are usage errors that name the flag.
func (f *Flags) Config(given func(flag string) bool, stderr io.Writer) (Config, error) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(f.logLevel)); err != nil {
		return Config{}, cli.UsageError("--log-level %q is not known; use debug, info, warn or error", f.logLevel)
	}
	log := slog.New(slog.NewTextHandler(stderr, &slog.HandlerOptions{Level: level}))
	cfg := Config{ManualAck: f.manualAck, Subcommands: trimmed(f.subcommands)}
	cfg.CloseBudget = adapter.CloseBudget(os.Getenv, 0)
	cfg.Relay = actors.Config{
		URL:         cli.FirstSet(f.url, os.Getenv("GATEWAY_RELAY_URL")),
		GatewayID:   cli.FirstSet(f.gatewayID, os.Getenv("GATEWAY_RELAY_ID")),
		NoReconnect: f.noReconnect,
		Backoff:     f.backoff, MaxBackoff: f.maxBackoff,
		DialTimeout: f.connectLimit, HandshakeTimeout: f.connectLimit, OutboundTimeout: f.resultLimit,
		MaxFrame: f.maxFrame,
		Logger:   log,
	}
	if cfg.Relay.URL == "" {
		return cfg, cli.UsageError("--url is missing; name the connector, for example ws://127.0.0.1:8466, or set GATEWAY_RELAY_URL")
	}
	if err := f.checkNumbers(given); err != nil {
		return cfg, err
	}
	var err error
	if cfg.Relay.Strategy, err = supervisor.ParseStrategy(f.strategy); err != nil {
		return cfg, nameFlag(err)
	}
	if cfg.Relay.Identities, err = f.relayIdentities(log); err != nil {
		return cfg, err
	}
	cfg.Relay.Secret, err = f.relaySecret(cfg.Relay.GatewayID)
	return cfg, err
}

// trimmed returns the names of a list that may have been written with spaces.
func trimmed(names []string) []string {
	var plain []string
	for _, name := range names {
		if name = strings.TrimSpace(name); name != "" {
			plain = append(plain, name)
		}
	}
	return plain
}

// checkNumbers refuses a zero, which would pass for a flag that was not given.
func (f *Flags) checkNumbers(given func(flag string) bool) error {
	for flag, value := range map[string]time.Duration{
		"backoff": f.backoff, "max-backoff": f.maxBackoff,
		"connect-timeout": f.connectLimit, "outbound-timeout": f.resultLimit,
	} {
		if given(flag) && value <= 0 {
			return cli.UsageError("--%s %v is not positive; use for example 5s", flag, value)
		}
	}
	if given("max-frame") && f.maxFrame <= 0 {
		return cli.UsageError("--max-frame %d is not positive; use at least 1048576", f.maxFrame)
	}
	return nil
}

// relayIdentities returns the bots on the command line, or the environment's when none is there.
func (f *Flags) relayIdentities(log *slog.Logger) ([]wire.Identity, error) {
	var identities []wire.Identity
	environment, warning := adapter.Identities(os.Getenv)
	if warning != nil {
		log.Warn("reading the environment", "err", warning)
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
		identities[0].BotID = cli.FirstSet(f.botID, identities[0].BotID)
	case f.botID != "":
		return nil, cli.UsageError("--bot-id needs --platform; name the bot's platform")
	}
	for _, pair := range f.identities {
		platform, botID, _ := strings.Cut(pair, ":")
		if strings.TrimSpace(platform) == "" {
			return nil, cli.UsageError("--identity %q has no platform; use PLATFORM:BOT_ID, for example discord:b1", pair)
		}
		identities = append(identities, wire.Identity{Platform: platform, BotID: botID})
	}
	if len(identities) == 0 {
		return nil, cli.UsageError("--platform is missing; name the bot's platform, for example discord, or set GATEWAY_RELAY_PLATFORM")
	}
	return identities, nil
}

// relaySecret reads the secret of the gateway; neither id nor secret means a dial without a token.
func (f *Flags) relaySecret(gatewayID string) (wire.Secret, error) {
	secret, err := f.anySecret()
	switch {
	case err != nil:
		return "", err
	case gatewayID == "" && secret != "":
		return "", cli.UsageError("--gateway-id is missing; name the gateway that the secret belongs to, or leave out the secret")
	case gatewayID != "" && secret == "":
		return "", cli.UsageError("--secret-file is missing; name the file that holds the gateway's secret, or set %s", cli.SecretVariable)
	}
	return secret, nil
}

func (f *Flags) anySecret() (wire.Secret, error) {
	if f.secretFile != "" {
		return cli.ReadSecret("--secret-file", f.secretFile)
	}
	if secret, ok, err := cli.EnvironmentSecret(); ok || err != nil {
		return secret, err
	}
	secret := wire.Secret(os.Getenv("GATEWAY_RELAY_SECRET"))
	if secret.Valid() != nil {
		return "", cli.UsageError("GATEWAY_RELAY_SECRET holds only white space; set the secret or unset the variable")
	}
	return secret, nil
}

// relayFields are the flags by the field of the relay's configuration that they set.
var relayFields = map[string]string{"url": "--url", "strategy": "--strategy", "MaxFrame": "--max-frame"}

// nameFlag says of a configuration error in err which flag it came from.
func nameFlag(err error) error {
	var config *wire.ConfigError
	if errors.As(err, &config) && config.Field == "MaxBackoff" {
		return cli.UsageError("--max-backoff: is shorter than --backoff; raise it")
	}
	return cli.ConfigFlag(err, relayFields)
}
