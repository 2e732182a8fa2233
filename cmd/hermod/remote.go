package main

import (
	"fmt"
	"os"

	json "github.com/goccy/go-json"
	"github.com/spf13/cobra"

	"hermod/cmd/hermod/internal/cli"
	"hermod/cmd/hermod/internal/remote"
	"hermod/wire"
)

// remoteExitCodes ends the help of each command that uses a daemon.
const remoteExitCodes = `The daemon is the one at --url or $HERMOD_URL. If it needs a token, that is read from
--token-file or $HERMOD_TOKEN.

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 no daemon answers, 4 the daemon refuses
the token, 5 no such bot or dead letter.`

// remoteFlags are those of every command that uses a running daemon.
type remoteFlags struct {
	daemon    cli.Endpoint
	tokenFile string
	json      bool
}

// add adds the flags that say which daemon.
func (f *remoteFlags) add(cmd *cobra.Command) {
	f.daemon.AddFlags(cmd.Flags())
	cmd.Flags().StringVar(&f.tokenFile, "token-file", "", "`FILE` that holds the daemon's token (default: $HERMOD_TOKEN)")
}

// addJSON adds --json besides, for commands whose output programs read.
func (f *remoteFlags) addJSON(cmd *cobra.Command) {
	f.add(cmd)
	cmd.Flags().BoolVar(&f.json, "json", false, "print JSON, for programs")
}

// options reads the token.
func (f *remoteFlags) options() (remote.Options, error) {
	token := wire.Secret(os.Getenv("HERMOD_TOKEN"))
	if f.tokenFile != "" {
		var err error
		if token, err = cli.ReadSecret("--token-file", f.tokenFile); err != nil {
			return remote.Options{}, err
		}
	}
	return remote.Options{Daemon: f.daemon, Token: token}, nil
}

// connect makes a client of the daemon.
func (f *remoteFlags) connect() (*remote.Daemon, error) {
	options, err := f.options()
	if err != nil {
		return nil, err
	}
	return remote.Connect(options)
}

// printJSON prints a value on lines that people can read, too.
func printJSON(cmd *cobra.Command, value any) error {
	text, err := json.MarshalIndentWithOption(value, "", "  ", json.DisableHTMLEscape())
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(cmd.OutOrStdout(), string(text))
	return err
}
