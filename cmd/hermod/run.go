package main

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"hermod/cmd/hermod/internal/config"
	"hermod/cmd/hermod/internal/daemon"
)

// maxSignals is how many signals may wait; a reload that is asked for many times is done once or twice.
const maxSignals = 8

const runHelp = `Run the bots of a configuration file, one relay each, every one supervised alone.

The file is read again on SIGHUP and when it, or a secret or certificate that it names,
changes: added bots start, removed ones drain and close, changed ones drain and start
again, the rest keep their connections. A file with mistakes changes nothing, and the log
says what is wrong; 'hermod config check' tells before.

SIGTERM or SIGINT drains every bot within shutdown.budget; a second one ends at once.
Under systemd (Type=notify or notify-reload) the daemon reports ready, reloading, stopping,
a status line, and feeds the watchdog as long as the bots' actors answer.

The first line of standard output is {"listening":"HOST:PORT"}; logs go to standard error.
GET /healthz answers 200 while the daemon is alive; GET /readyz answers 200 once every
enabled bot of the first configuration has been tried, and 503 when it is ending.
GET /openapi.json describes the HTTP API: how bots are, what they receive, what they do.

Without a file, GATEWAY_RELAY_URL, GATEWAY_RELAY_ID, GATEWAY_RELAY_SECRET and
GATEWAY_RELAY_PLATFORMS with GATEWAY_RELAY_BOT_IDS, or GATEWAY_RELAY_PLATFORM with
GATEWAY_RELAY_BOT_ID, describe one bot, whose name is gateway.

The environment overrides every single value outside bots:`

func newRunCommand() *cobra.Command {
	var path string
	cmd := &cobra.Command{
		Use:     "run",
		Short:   "Run a fleet of bots as a daemon",
		Long:    runHelp + "\n" + variableList(),
		Example: "  hermod run --config hermod.yaml\n  HERMOD_LOG_LEVEL=debug hermod run --config hermod.yaml",
		Args:    noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			signals := make(chan os.Signal, maxSignals)
			signal.Notify(signals, syscall.SIGHUP, syscall.SIGTERM, os.Interrupt)
			defer signal.Stop(signals)
			version, commit := build()
			err := daemon.Run(cmd.Context(), daemon.Options{
				Path: path, Environ: os.Environ(), Version: version, Commit: commit, Signals: signals,
				Stdout: cmd.OutOrStdout(), Stderr: cmd.ErrOrStderr(),
			})
			if invalid := new(config.InvalidError); errors.As(err, &invalid) {
				return reportInvalid(cmd, err)
			}
			return err
		},
	}
	cmd.Flags().StringVar(&path, "config", os.Getenv("HERMOD_CONFIG"), "the configuration `FILE` (default: $HERMOD_CONFIG)")
	cmd.Flags().Lookup("config").DefValue = ""
	return cmd
}

// variableList has a line for each variable that overrides a value, but those of the bots' defaults, which follow the
// same rule and are many.
func variableList() string {
	var text strings.Builder
	variables := config.Variables()
	for _, name := range slices.Sorted(maps.Keys(variables)) {
		if !strings.HasPrefix(name, "HERMOD_DEFAULTS_") {
			fmt.Fprintf(&text, "  %-26s %s\n", name, variables[name])
		}
	}
	text.WriteString("  HERMOD_DEFAULTS_…          defaults.…, for example HERMOD_DEFAULTS_URL")
	return text.String()
}
