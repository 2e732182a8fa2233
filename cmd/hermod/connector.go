package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	json "github.com/goccy/go-json"
	"github.com/spf13/cobra"

	"hermod/cmd/hermod/internal/cli"
	"hermod/connector"
	"hermod/wire"
)

// connectorGrace bounds how long stopping may take.
const connectorGrace = 5 * time.Second

// connectorWindow is how many deliveries a gateway may leave unacknowledged: one that waits in a stream must not hold
// up those of other chats.
const connectorWindow = 64

// connectorFlags are the flags of 'hermod connector' as given.
type connectorFlags struct {
	listen, data, platform string
	gateways, wakeURLs     []string
	tenants, enrollTokens  []string
	dev, bufferAll         bool
}

func newConnectorCommand() *cobra.Command {
	var f connectorFlags
	cmd := &cobra.Command{
		Use:   "connector",
		Short: "Run a connector to develop and test gateways against",
		Long: `Run the other half of the link: a server that gateways dial at ws://HOST:PORT/relay.

Deliveries that a gateway has not acknowledged are kept in the data folder and sent
again after the next handshake. Every outbound action succeeds. The first line of
standard output is {"listening":"HOST:PORT"}. Logs go to standard error. SIGTERM or
SIGINT closes the sessions with code 1001. A second signal ends the connector at once.
SIGHUP changes nothing: the flags are read at the start.

With --dev, a control API is served under /dev/ to programs on this machine:
  curl -d '{"event":{"text":"hi"}}' http://127.0.0.1:8466/dev/inbound
  curl http://127.0.0.1:8466/dev/state

With --tenant, gateways can get credentials by themselves. A client that presents the
tenant's identity token can provision gateways at /relay/provision. With the token of
an --enroll-token file it can enrol one gateway at /relay/enroll. /dev/boot shows what
gateways have declared.`,
		Example: "  hermod connector --dev\n  hermod connector --gateway g1=g1.secret --gateway g1=g1.old.secret",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			log := slog.New(slog.NewTextHandler(cmd.ErrOrStderr(), nil))
			cfg, err := f.config(log)
			if err != nil {
				return err
			}
			return serveConnector(cmd, cfg)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.listen, "listen", "127.0.0.1:8466", "`ADDRESS` to listen on; port 0 picks a free one")
	flags.StringVar(&f.data, "data", "", "`FOLDER` of the durable buffer (default: hermod/connector in $XDG_STATE_HOME or ~/.local/state)")
	flags.StringArrayVar(&f.gateways, "gateway", nil, "`ID=SECRET_FILE` of a gateway; repeatable, repeating an ID adds an older secret (without --gateway and --tenant there is no authentication)")
	flags.StringArrayVar(&f.tenants, "tenant", nil, "`NAME=TOKEN_FILE` of a tenant and its identity token, with which its gateways get credentials over HTTP; repeatable")
	flags.StringArrayVar(&f.enrollTokens, "enroll-token", nil, "`FILE` of a one-time token that enrols one gateway; repeatable, needs --tenant")
	flags.StringVar(&f.platform, "platform", "relay", "`PLATFORM` of the descriptor for a hello that names none")
	flags.BoolVar(&f.dev, "dev", false, "serve the control API under /dev/; loopback only")
	flags.BoolVar(&f.bufferAll, "buffer-all", true, "write every delivery to the data folder before it is sent; =false sends to a connected gateway at once, and what it has not acknowledged is lost with its connection")
	flags.StringArrayVar(&f.wakeURLs, "wake-url", nil, "`ID=URL` to call when a delivery is buffered for a gateway that is not connected; repeatable")
	return cmd
}

// config turns the flags into a connector's configuration; every error names its flag.
func (f *connectorFlags) config(log *slog.Logger) (connector.Config, error) {
	cfg := connector.Config{
		Listen: f.listen, DataDir: f.data, Platform: f.platform,
		Dev: f.dev, BufferAll: f.bufferAll, Window: connectorWindow, Logger: log,
		Gateways: make(map[string][]wire.Secret), WakeURLs: make(map[string]string),
	}
	host, _, err := net.SplitHostPort(f.listen)
	if err != nil {
		return cfg, cli.UsageError("--listen %q is not HOST:PORT; use for example 127.0.0.1:8466", f.listen)
	}
	if ip := net.ParseIP(host); f.dev && host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return cfg, cli.UsageError("--dev needs a loopback address, and --listen %s is not one; use --listen 127.0.0.1:8466 or leave out --dev", f.listen)
	}
	if cfg.DataDir == "" {
		if cfg.DataDir, err = stateFolder(); err != nil {
			return cfg, err
		}
	}
	for _, pair := range f.gateways {
		id, path, ok := strings.Cut(pair, "=")
		if !ok || id == "" || path == "" {
			return cfg, cli.UsageError("--gateway needs ID=SECRET_FILE, for example g1=g1.secret")
		}
		secret, err := cli.ReadSecret("--gateway "+id, path)
		if err != nil {
			return cfg, err
		}
		cfg.Gateways[id] = append(cfg.Gateways[id], secret)
	}
	if err := f.readTokens(&cfg); err != nil {
		return cfg, err
	}
	for _, pair := range f.wakeURLs {
		id, url, ok := strings.Cut(pair, "=")
		if !ok || id == "" || url == "" {
			return cfg, cli.UsageError("--wake-url needs ID=URL, for example g1=http://127.0.0.1:9000/wake")
		}
		cfg.WakeURLs[id] = url
	}
	return cfg, nil
}

// readTokens reads the files of --tenant and --enroll-token.
func (f *connectorFlags) readTokens(cfg *connector.Config) error {
	cfg.Tenants = make(map[string][]wire.Secret)
	for _, pair := range f.tenants {
		name, path, ok := strings.Cut(pair, "=")
		if !ok || name == "" || path == "" {
			return cli.UsageError("--tenant needs NAME=TOKEN_FILE, for example acme=acme.identity")
		}
		token, err := cli.ReadSecret("--tenant "+name, path)
		if err != nil {
			return err
		}
		cfg.Tenants[name] = append(cfg.Tenants[name], token)
	}
	if len(f.enrollTokens) > 0 && len(f.tenants) == 0 {
		return cli.UsageError("--enroll-token needs --tenant too; name a tenant and the file of its identity token")
	}
	for _, path := range f.enrollTokens {
		token, err := cli.ReadSecret("--enroll-token", path)
		if err != nil {
			return err
		}
		cfg.EnrollmentTokens = append(cfg.EnrollmentTokens, token)
	}
	return nil
}

// stateFolder is where the XDG base directory rules put a program's state.
func stateFolder() (string, error) {
	base := os.Getenv("XDG_STATE_HOME")
	if !filepath.IsAbs(base) {
		home, err := os.UserHomeDir()
		if err != nil {
			return "", cli.UsageError("the default data folder is unknown (%w); set --data", err)
		}
		base = filepath.Join(home, ".local", "state")
	}
	return filepath.Join(base, "hermod", "connector"), nil
}

// serveConnector runs until a signal or the end of the command's context. From the first signal on
// the default disposition is back, so a second one ends the process.
func serveConnector(cmd *cobra.Command, cfg connector.Config) error {
	ctx, restore := signal.NotifyContext(cmd.Context(), syscall.SIGTERM, os.Interrupt)
	defer restore()
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP)
	defer signal.Stop(hangups)
	if len(cfg.Gateways) == 0 && len(cfg.Tenants) == 0 {
		cfg.Logger.Warn("no --gateway or --tenant is set: any client that reaches the listener acts as the gateway", "gateway", connector.DefaultGateway)
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
		awaitEnd(ctx, hangups, cfg.Logger)
		restore()
		cfg.Logger.Info("closing")
	}
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), connectorGrace)
	defer cancel()
	return errors.Join(err, c.Close(grace))
}

// awaitEnd waits for the end of ctx. A SIGHUP, which has other programs reload, does not end the connector.
func awaitEnd(ctx context.Context, hangups <-chan os.Signal, log *slog.Logger) {
	for {
		select {
		case <-hangups:
			log.Info("there is nothing to reload: the flags are read at the start", "signal", syscall.SIGHUP.String())
		case <-ctx.Done():
			return
		}
	}
}

// connectorFields are the flags by the field of the configuration that they set.
var connectorFields = map[string]string{
	"Gateways": "--gateway", "WakeURLs": "--wake-url", "Tenants": "--tenant", "EnrollmentTokens": "--enroll-token", "Dev": "--dev",
}
