package main

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"hermod/check"
	"hermod/cmd/hermod/internal/cli"
	"hermod/wire"
)

const checkGatewayHelp = `Play a connector that a gateway dials, and check each rule that can be seen from there.

The first lines on standard error say what to configure the gateway with; without
--secret-file a secret is made for this run. Start the gateway then: the checks begin at
its first dial. Let it stand alone, since the checks send it many messages and close its
connection many times.

The rules about requests need a gateway that answers: with --echo, it answers every message
with a send to the message's chat, and acknowledges the message after that. The checks that
close with 4401 need --destructive, since they may disable the gateway until it is started
anew.

Exit codes: 0 nothing is broken, 1 a check found something broken, 2 the command was used
wrongly or nothing could be checked.`

type checkGatewayFlags struct {
	checkFlags
	listen     string
	secretFile string
	anonymous  bool
	echo       bool
	sleep      string
	wait       time.Duration
}

func newCheckGatewayCommand() *cobra.Command {
	var f checkGatewayFlags
	cmd := &cobra.Command{
		Use:     "gateway",
		Short:   "Play a connector that a gateway dials",
		Long:    checkGatewayHelp,
		Example: "  hermod check gateway --listen 127.0.0.1:8467 --echo\n  hermod check gateway --gateway-id g1 --secret-file g1.secret --slow --junit report.xml",
		Args:    noArguments,
		RunE:    func(cmd *cobra.Command, _ []string) error { return f.serve(cmd) },
	}
	flags := cmd.Flags()
	f.register(flags)
	flags.StringVar(&f.listen, "listen", "127.0.0.1:8467", "`HOST:PORT` to listen on; port 0 picks a free one")
	flags.StringVar(&f.gatewayID, "gateway-id", "check", "the `ID` that the gateway must prove")
	flags.StringVar(&f.secretFile, "secret-file", "", "`FILE` that holds the gateway's secret (default: $HERMOD_SECRET, or one that is made for this run)")
	flags.BoolVar(&f.anonymous, "anonymous", false, "the gateway has no credentials")
	flags.BoolVar(&f.echo, "echo", false, "the gateway answers every message with a send")
	flags.StringVar(&f.sleep, "sleep", "", "shell `COMMAND` that has the gateway go idle")
	flags.DurationVar(&f.wait, "wait", time.Minute, "how long the gateway may take to dial, and to dial again")
	flags.BoolVar(&f.options.Destructive, "destructive", false, "also close with 4401, which may disable the gateway")
	return cmd
}

func (f *checkGatewayFlags) serve(cmd *cobra.Command) error {
	if f.gatewayID == "" {
		return cli.UsageError("--gateway-id is empty; name the gateway, or use --anonymous")
	}
	ctx, restore := untilInterrupted(cmd)
	defer restore()
	secret, where, remove, err := f.credentials()
	if err != nil {
		return err
	}
	defer remove()
	listener, err := net.Listen("tcp", f.listen)
	if err != nil {
		return cli.UsageError("--listen: %w; use for example 127.0.0.1:0", err)
	}
	target := check.GatewayTarget{Listener: listener, Echo: f.echo, Wait: f.wait}
	if f.sleep != "" {
		target.Sleep = func(ctx context.Context) error {
			return runShell(ctx, "--sleep", f.sleep, "HERMOD_CHECK_KIND=sleep", nil)
		}
	}
	if !f.anonymous {
		target.GatewayID, target.Secret = f.gatewayID, secret
	}
	suite, err := check.Gateway(target)
	if err != nil {
		_ = listener.Close()
		return cli.ConfigFlag(err, map[string]string{"Wait": "--wait", "Secret": "--secret-file"})
	}
	defer suite.Close()
	f.invite(cmd, listener.Addr(), where)
	return f.run(ctx, cmd, "gateway", suite)
}

// credentials returns the secret and the file that holds it. One that is made here is removed with its folder.
func (f *checkGatewayFlags) credentials() (secret wire.Secret, where string, remove func(), err error) {
	remove = func() {}
	if f.anonymous || f.secretFile != "" {
		secrets := []wire.Secret{""}
		if !f.anonymous {
			secrets, err = f.secrets(f.secretFile)
		}
		if err != nil {
			return "", "", remove, err
		}
		return secrets[0], f.secretFile, remove, nil
	}
	if secret, ok, err := cli.EnvironmentSecret(); ok || err != nil {
		return secret, "", remove, err
	}
	folder, err := os.MkdirTemp("", "hermod-check-")
	if err != nil {
		return "", "", remove, fmt.Errorf("making a secret for this run: %w", err)
	}
	remove = func() { _ = os.RemoveAll(folder) }
	var random [24]byte
	_, _ = rand.Read(random[:]) // it never fails
	where = filepath.Join(folder, "secret")
	text := base64.RawURLEncoding.EncodeToString(random[:])
	if err := os.WriteFile(where, []byte(text), 0o600); err != nil {
		remove()
		return "", "", func() {}, fmt.Errorf("making a secret for this run: %w", err)
	}
	return wire.Secret(text), where, remove, nil
}

// invite says what to configure the gateway with. The secret itself is not printed.
func (f *checkGatewayFlags) invite(cmd *cobra.Command, address net.Addr, where string) {
	url := "ws://" + address.String() + "/relay"
	out := cmd.ErrOrStderr()
	fmt.Fprintf(out, "Start a gateway with these settings; the checks begin at its dial, within %v.\n\n", f.wait)
	fmt.Fprintf(out, "  GATEWAY_RELAY_URL=%s\n", url)
	if !f.anonymous {
		fmt.Fprintf(out, "  GATEWAY_RELAY_ID=%s\n", f.gatewayID)
		switch where {
		case "":
			fmt.Fprintf(out, "  GATEWAY_RELAY_SECRET=\"$%s\"\n", cli.SecretVariable)
		default:
			fmt.Fprintf(out, "  GATEWAY_RELAY_SECRET=\"$(cat %s)\"\n", where)
		}
	}
	fmt.Fprintln(out)
}
