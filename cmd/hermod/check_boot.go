package main

import (
	"context"
	"net"

	json "github.com/goccy/go-json"
	"github.com/spf13/pflag"

	"hermod/check"
	"hermod/cmd/hermod/internal/cli"
)

// enrollFlags are what an enrolment needs.
type enrollFlags struct{ identityFile, tokenFile string }

func (f *enrollFlags) register(flags *pflag.FlagSet) {
	flags.StringVar(&f.identityFile, "identity-token-file", "", "`FILE` that holds the identity token of a gateway's owner, to enrol with")
	flags.StringVar(&f.tokenFile, "enroll-token-file", "", "`FILE` that holds an enrolment token, which is spent with --destructive")
}

func (f *enrollFlags) into(target *check.ConnectorTarget) (err error) {
	if f.tokenFile != "" && f.identityFile == "" {
		return cli.UsageError("--enroll-token-file needs --identity-token-file too; name the file with the owner's identity token")
	}
	if f.identityFile != "" {
		target.IdentityToken, err = cli.ReadSecret("--identity-token-file", f.identityFile)
	}
	if f.tokenFile != "" && err == nil {
		target.EnrollmentToken, err = cli.ReadSecret("--enroll-token-file", f.tokenFile)
	}
	return err
}

// wakeFlags say where the connector calls the gateway.
type wakeFlags struct{ listen, url string }

func (f *wakeFlags) register(flags *pflag.FlagSet) {
	flags.StringVar(&f.listen, "wake-listen", "", "`HOST:PORT` where the connector calls a wake URL; port 0 picks a free one")
	flags.StringVar(&f.url, "wake-url", "", "`URL` by which the connector reaches --wake-listen (default: http and that address)")
}

func (f *wakeFlags) into(target *check.ConnectorTarget) error {
	if f.listen == "" {
		if f.url != "" {
			return cli.UsageError("--wake-url needs --wake-listen too; say where the call arrives, for example 127.0.0.1:0")
		}
		return nil
	}
	listener, err := net.Listen("tcp", f.listen)
	if err != nil {
		return cli.UsageError("--wake-listen: %w; use for example 127.0.0.1:0", err)
	}
	target.Wake, target.WakeURL = listener, f.url
	if target.WakeURL == "" {
		target.WakeURL = "http://" + listener.Addr().String() + "/wake"
	}
	return nil
}

// revoker is how the connector is made to revoke the gateway, nil if no flag says it.
func (f *checkConnectorFlags) revoker() func(context.Context, bool) error {
	word := map[bool]string{true: "revoke", false: "restore"}
	switch {
	case f.revoke != "":
		return func(ctx context.Context, revoked bool) error {
			return runShell(ctx, "--revoke", f.revoke, "HERMOD_CHECK_KIND="+word[revoked], nil)
		}
	case f.devURL != "":
		return func(ctx context.Context, revoked bool) error {
			return f.injectOverHTTP(ctx, check.Kind(word[revoked]), json.RawMessage("{}"))
		}
	}
	return nil
}
