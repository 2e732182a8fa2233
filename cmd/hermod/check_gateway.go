package main

import (
	"context"
	"net"
	"time"

	"github.com/spf13/cobra"

	"hermod/check"
	"hermod/cmd/hermod/internal/cli"
)

const checkGatewayHelp = `Play a connector that a gateway dials, and check each rule that can be seen from there.

The first lines on standard error say what to configure the gateway with; without
--secret-file a secret is made for this run. Start the gateway then: the checks begin at
its first dial. Let it stand alone, since the checks send it many messages and close its
connection many times.

A gateway that dials wss only needs --tls-cert and --tls-key, or --tls, which makes a
certificate for this run and says where its authority is. What the gateway asks for over
HTTP is checked too: whether it enrols (with --enroll), provisions, declares policies and
reads files.

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
	stop       string
	enroll     bool
	wakeURL    string
	tls        checkTLSFlags
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
	flags.StringVar(&f.stop, "stop", "", "shell `COMMAND` that stops the gateway, run at the end with --destructive")
	flags.BoolVar(&f.enroll, "enroll", false, "have the gateway enrol with a token that is made for this run, instead of giving it its secret")
	flags.StringVar(&f.wakeURL, "wake-url", "", "`URL` that wakes the gateway (default: the one that it provisions)")
	f.tls.register(flags)
	flags.DurationVar(&f.wait, "wait", time.Minute, "how long the gateway may take to dial, and to dial again")
	flags.BoolVar(&f.options.Destructive, "destructive", false, "also close with 4401, which may disable the gateway, and stop it at the end with --stop")
	return cmd
}

func (f *checkGatewayFlags) serve(cmd *cobra.Command) error {
	if f.gatewayID == "" {
		return cli.UsageError("--gateway-id is empty; name the gateway, or use --anonymous")
	}
	ctx, restore := untilInterrupted(cmd)
	defer restore()
	var folder runFolder
	defer folder.remove()
	listener, err := net.Listen("tcp", f.listen)
	if err != nil {
		return cli.UsageError("--listen: %w; use for example 127.0.0.1:0", err)
	}
	invited, err := f.invitation(listener, &folder)
	if err != nil {
		_ = listener.Close()
		return err
	}
	suite, err := check.Gateway(invited.target)
	if err != nil {
		_ = listener.Close()
		return cli.ConfigFlag(err, map[string]string{"Wait": "--wait", "Secret": "--secret-file", "EnrollmentToken": "--enroll"})
	}
	defer suite.Close()
	invited.print(cmd.ErrOrStderr(), f.wait)
	return f.run(ctx, cmd, "gateway", suite)
}

// invitation is what the gateway is to be configured with.
func (f *checkGatewayFlags) invitation(listener net.Listener, folder *runFolder) (*invitation, error) {
	invited := &invitation{url: "ws://" + listener.Addr().String() + "/relay"}
	target := &invited.target
	*target = check.GatewayTarget{Listener: listener, Echo: f.echo, Wait: f.wait, WakeURL: f.wakeURL}
	target.Sleep = shellOf("--sleep", f.sleep, "sleep")
	target.Stop = shellOf("--stop", f.stop, "stop")
	if err := f.credentials(invited, folder); err != nil {
		return nil, err
	}
	return invited, f.tls.into(invited, folder)
}

// shellOf runs the command of a flag, and is nil without one.
func shellOf(flag, command, kind string) func(context.Context) error {
	if command == "" {
		return nil
	}
	return func(ctx context.Context) error { return runShell(ctx, flag, command, "HERMOD_CHECK_KIND="+kind, nil) }
}

// credentials decide what the gateway proves itself with.
func (f *checkGatewayFlags) credentials(invited *invitation, folder *runFolder) (err error) {
	if f.anonymous {
		if f.enroll {
			return cli.UsageError("--enroll and --anonymous exclude each other; enrolling gives credentials")
		}
		return nil
	}
	target := &invited.target
	target.GatewayID = f.gatewayID
	if f.enroll {
		if target.EnrollmentToken, invited.enrollFile, err = folder.secret("enrollment-token"); err != nil {
			return err
		}
	}
	if f.secretFile != "" {
		target.Secret, err = cli.ReadSecret("--secret-file", f.secretFile)
		invited.secretFile = f.secretFile
		return err
	}
	secret, ok, err := cli.EnvironmentSecret()
	if ok || err != nil {
		target.Secret = secret
		return err
	}
	target.Secret, invited.secretFile, err = folder.secret("secret")
	return err
}
