package main

import (
	"crypto/tls"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"hermod/check"
	"hermod/cmd/hermod/internal/cli"
	"hermod/wire"
)

const checkConnectorHelp = `Play a gateway against a connector, and check each rule that can be seen from there.

Use the credentials of a gateway that nothing else dials with: a connector has one session
for each, and the checks open many. The checks send nothing to a chat unless --chat names
one, and change nothing that lasts without --destructive. Deliveries of others that arrive
meanwhile are not acknowledged.

The rules of delivery need the connector to deliver something. --dev-url names the control
API of 'hermod connector --dev'. For another connector, --inject is a shell command that is
run with HERMOD_CHECK_KIND (inbound, passthrough or interrupt) in its environment and the
event, the forward or {"session_key","chat_id"} on its standard input; it exits with 0 once
the connector has taken it.

With --destructive, more is checked of what the flags give: --identity-token-file and
--enroll-token-file enrol the gateway hermod-check; --revoke is a shell command that is run
with HERMOD_CHECK_KIND revoke and soon after restore (--dev-url does that by itself); and
--wake-listen is where the connector calls the wake URL that the checks register.

Exit codes: 0 nothing is broken, 1 a check found something broken, 2 the command was used
wrongly or nothing could be checked.`

type checkConnectorFlags struct {
	checkFlags
	secretFiles    []string
	enroll         enrollFlags
	revoke, stop   string
	wake           wakeFlags
	identities     []string
	chat           string
	caFile         string
	devURL, inject string
}

func newCheckConnectorCommand() *cobra.Command {
	var f checkConnectorFlags
	cmd := &cobra.Command{
		Use:   "connector URL",
		Short: "Play a gateway against a connector",
		Long:  checkConnectorHelp,
		Example: "  hermod check connector wss://connector.example --gateway-id check --secret-file check.secret\n" +
			"  hermod check connector ws://127.0.0.1:8466 --dev-url http://127.0.0.1:8466 --chat c1 --junit report.xml",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return cli.UsageError("name the one connector to check, for example wss://connector.example")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			target, err := f.target(args[0])
			if err != nil {
				return err
			}
			suite, err := check.Connector(target)
			if err != nil {
				return cli.ConfigFlag(err, map[string]string{"url": "URL", "GatewayID": "--gateway-id", "Secret": "--secret-file"})
			}
			defer suite.Close()
			ctx, restore := untilInterrupted(cmd)
			defer restore()
			return f.run(ctx, cmd, "connector", suite)
		},
	}
	f.register(cmd.Flags())
	return cmd
}

func (f *checkConnectorFlags) register(flags *pflag.FlagSet) {
	f.checkFlags.register(flags)
	flags.StringVar(&f.gatewayID, "gateway-id", "", "the gateway's `ID` (without it the checks dial without a token)")
	flags.StringArrayVar(&f.secretFiles, "secret-file", nil, "`FILE` that holds the gateway's secret (default: $HERMOD_SECRET); repeatable, for older ones that must still be let in")
	flags.StringArrayVar(&f.identities, "identity", nil, "`PLATFORM[=BOT_ID]` to say hello with; repeatable (default: relay)")
	flags.StringVar(&f.chat, "chat", "", "`CHAT_ID` that the checks may send messages to")
	flags.StringVar(&f.devURL, "dev-url", "", "`URL` of the control API of a Hermod connector, to have it deliver")
	flags.StringVar(&f.inject, "inject", "", "shell `COMMAND` that has the connector deliver what is on its standard input")
	flags.StringVar(&f.caFile, "ca-file", "", "`FILE` with the authorities of the connector's certificate (default: the system's)")
	f.enroll.register(flags)
	flags.StringVar(&f.revoke, "revoke", "", "shell `COMMAND` that revokes the gateway, or restores it (default: the API of --dev-url)")
	flags.StringVar(&f.stop, "stop", "", "shell `COMMAND` that stops the connector, run at the end with --destructive")
	f.wake.register(flags)
	flags.BoolVar(&f.options.Destructive, "destructive", false, "also run the checks that change what lasts: declare a policy, provision, enrol, revoke, register a wake URL, create a thread")
}

// secrets reads --secret-file or HERMOD_SECRET, newest first; without an id there is none.
func (f *checkConnectorFlags) secrets() ([]wire.Secret, error) {
	if f.gatewayID != "" {
		return readSecrets(f.secretFiles)
	}
	if len(f.secretFiles) > 0 {
		return nil, cli.UsageError("--secret-file needs --gateway-id too; name the gateway")
	}
	return []wire.Secret{""}, nil
}

func (f *checkConnectorFlags) target(url string) (check.ConnectorTarget, error) {
	target := check.ConnectorTarget{URL: url, GatewayID: f.gatewayID, Chat: f.chat}
	secrets, err := f.secrets()
	if err != nil {
		return target, err
	}
	target.Secret, target.OldSecrets = secrets[0], secrets[1:]
	for _, text := range f.identities {
		platform, bot, _ := strings.Cut(text, "=")
		if platform == "" {
			return target, cli.UsageError("--identity %q names no platform; use for example telegram=42", text)
		}
		target.Identities = append(target.Identities, wire.Identity{Platform: platform, BotID: bot})
	}
	if target.TLS, err = f.tls(); err != nil {
		return target, err
	}
	if target.Inject, err = f.injector(); err != nil {
		return target, err
	}
	target.Revoke = f.revoker()
	target.Stop = shellOf("--stop", f.stop, "stop")
	if err = f.enroll.into(&target); err != nil {
		return target, err
	}
	return target, f.wake.into(&target)
}

func (f *checkConnectorFlags) tls() (*tls.Config, error) {
	if f.caFile == "" {
		return nil, nil
	}
	endpoint := cli.Endpoint{URL: "https://connector", CAFile: f.caFile}
	_, transport, err := endpoint.Open()
	if err != nil {
		return nil, err
	}
	return transport.TLSClientConfig, nil
}
