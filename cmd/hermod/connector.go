package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	json "github.com/goccy/go-json"
	"github.com/spf13/cobra"

	"hermod/cmd/hermod/internal/cli"
	"hermod/connector"
)

// connectorGrace bounds how long stopping may take.
const connectorGrace = 5 * time.Second

const connectorHelp = `Run the other half of the link: a server that gateways dial at ws://HOST:PORT/relay.

Every delivery is written to the data folder, and kept there until the gateway has
acknowledged it: neither a lost connection nor a kill loses one. What a gateway cannot
take is set aside. Every outbound action for a platform that it said hello for succeeds. The first line of standard output is {"listening":"HOST:PORT"}. Logs go to
standard error. SIGTERM or SIGINT closes the sessions with code 1001. A second signal
ends the connector at once.

SIGHUP reads the files of --gateway, --gateways, --tenant and --enroll-token again.
Gateways whose secret is gone are closed with code 4401; all others stay connected.
A mistake in a file changes nothing.

With --dev, a control API is served under /dev/ to programs on this machine:
  curl -d '{"event":{"text":"hi"}}' http://127.0.0.1:8466/dev/inbound
  curl http://127.0.0.1:8466/dev/state
  curl http://127.0.0.1:8466/dev/set-aside

With --tenant, gateways can get credentials by themselves. A client that presents the
tenant's identity token can provision gateways at /relay/provision. With the token of
an --enroll-token file it can enrol one gateway at /relay/enroll. /dev/boot shows what
gateways have declared.`

func newConnectorCommand() *cobra.Command {
	var f connectorFlags
	cmd := &cobra.Command{
		Use:   "connector",
		Short: "Run a connector to develop and test gateways against",
		Long:  connectorHelp,
		Example: "  hermod connector --dev\n  hermod connector --gateway g1=g1.secret --gateway g1=g1.old.secret\n" +
			"  hermod connector --listen :8466 --tls-cert cert.pem --tls-key key.pem --gateways gateways.list",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			hangups := make(chan os.Signal, 1)
			signal.Notify(hangups, syscall.SIGHUP)
			defer signal.Stop(hangups)
			cfg, err := f.config(slog.New(slog.NewTextHandler(cmd.ErrOrStderr(), nil)))
			if err != nil {
				return err
			}
			return f.serve(cmd, cfg, hangups)
		},
	}
	f.register(cmd.Flags())
	return cmd
}

// serve runs a connector until a signal or the end of the command's context. From the first signal on
// the default disposition is back, so a second one ends the process.
func (f *connectorFlags) serve(cmd *cobra.Command, cfg connector.Config, hangups <-chan os.Signal) error {
	ctx, restore := signal.NotifyContext(cmd.Context(), syscall.SIGTERM, os.Interrupt)
	defer restore()
	if len(cfg.Gateways) == 0 && len(cfg.Tenants) == 0 {
		cfg.Logger.Warn("no --gateway, --gateways or --tenant is set: any client that reaches the listener acts as the gateway", "gateway", connector.DefaultGateway)
	}
	c, err := connector.Start(cfg)
	if err != nil {
		return cli.ConfigFlag(err, connectorFields)
	}
	line, err := json.Marshal(map[string]string{"listening": c.Addr()})
	if err == nil {
		_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s\n", line)
	}
	if err == nil {
		cfg.Logger.Info("serving", "url", c.URL(), "data", cfg.DataDir, "dev", cfg.Dev)
		tellWaiting(c, cfg)
		awaitEnd(ctx, hangups, func() { f.reload(c, cfg.Logger) })
		restore()
		cfg.Logger.Info("closing")
	}
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), connectorGrace)
	defer cancel()
	return errors.Join(err, c.Close(grace))
}

// tellWaiting warns of deliveries of an earlier run, which whoever begins something new does not expect.
func tellWaiting(c *connector.Connector, cfg connector.Config) {
	deliveries := 0
	for _, state := range c.State() {
		deliveries += state.Buffered
	}
	if deliveries > 0 {
		cfg.Logger.Warn("deliveries of an earlier run wait, and go to their gateways first",
			"deliveries", deliveries, "data", cfg.DataDir, "hint", "to begin anew, remove the folder, or name another with --data")
	}
}

// awaitEnd waits for the end of ctx. A SIGHUP reloads.
func awaitEnd(ctx context.Context, hangups <-chan os.Signal, reload func()) {
	for {
		select {
		case <-hangups:
			reload()
		case <-ctx.Done():
			return
		}
	}
}

// reload takes over what the files of secrets hold now, or says what is wrong with them.
func (f *connectorFlags) reload(c *connector.Connector, log *slog.Logger) {
	var next connector.Config
	err := f.readCredentials(&next)
	if err == nil && len(next.Gateways) == 0 && len(next.Tenants) == 0 {
		log.Info("there is nothing to reload: no flag names a file of secrets")
		return
	}
	if err == nil {
		err = cli.ConfigFlag(c.SetCredentials(next.Gateways, next.Tenants, next.EnrollmentTokens), connectorFields)
	}
	if err != nil {
		for mistake := range strings.Lines(err.Error()) {
			log.Error("the files of secrets are not taken over; what was read before stays in force", "err", strings.TrimSpace(mistake))
		}
		return
	}
	log.Info("the files of secrets are taken over", "gateways", len(next.Gateways), "tenants", len(next.Tenants))
}
