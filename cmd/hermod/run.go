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

// maxSignals is how many signals may wait. Reloads requested in quick succession are done once or twice.
const maxSignals = 8

const runHelp = `Run the bots of a configuration file. Each bot has its own relay and is supervised
separately.

The file is reloaded on SIGHUP, and when it changes or a secret or certificate that it
names changes. Added bots start, removed bots drain and close, changed bots drain and
restart, and all others keep their connections. A file with mistakes changes nothing;
the log lists them. 'hermod config check' finds them beforehand.

SIGTERM or SIGINT drains every bot within shutdown.budget. A second signal ends the
daemon at once. Under systemd (Type=notify or notify-reload) the daemon reports when it
is ready, reloading and stopping, and a status line. It feeds the watchdog as long as
the bots' actors answer.

The first line of standard output is {"listening":"HOST:PORT"}, or unix: and a path.
Logs go to standard error. GET /healthz answers 200 while the daemon is alive. GET
/readyz answers 200 once every enabled bot of the first configuration has tried to
connect, and 503 before that and while the daemon stops. GET /openapi.json describes the HTTP API: the bots' status,
what they receive, and what they can do.

Without a file, the environment describes one bot, named gateway: GATEWAY_RELAY_URL,
GATEWAY_RELAY_ID and GATEWAY_RELAY_SECRET, with either GATEWAY_RELAY_PLATFORMS and
GATEWAY_RELAY_BOT_IDS, or GATEWAY_RELAY_PLATFORM and GATEWAY_RELAY_BOT_ID. The manual names
those of enrolment and provisioning.

Environment variables override every value outside bots:`

func newRunCommand() *cobra.Command {
	var path, clusterFile, devFolder string
	cmd := &cobra.Command{
		Use:   "run",
		Short: "Run a fleet of bots as a daemon",
		Long:  runHelp + "\n" + variableList(),
		Example: "  hermod run --config hermod.yaml\n  HERMOD_LOG_LEVEL=debug hermod run --config hermod.yaml\n" +
			"  hermod run --config hermod.yaml --cluster-dev",
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			signals := make(chan os.Signal, maxSignals)
			signal.Notify(signals, syscall.SIGHUP, syscall.SIGTERM, os.Interrupt)
			defer signal.Stop(signals)
			version, commit := build()
			opts := daemon.Options{
				Path: path, Cluster: clusterFile, Environ: os.Environ(), Version: version, Commit: commit, Signals: signals,
				Stdout: cmd.OutOrStdout(), Stderr: cmd.ErrOrStderr(),
			}
			err := runDaemon(cmd.Context(), opts, devFolder)
			if invalid := new(config.InvalidError); errors.As(err, &invalid) {
				return reportInvalid(cmd, err)
			}
			return err
		},
	}
	cmd.Flags().StringVar(&path, "config", os.Getenv("HERMOD_CONFIG"), "the configuration `FILE` (default: $HERMOD_CONFIG)")
	cmd.Flags().Lookup("config").DefValue = ""
	cmd.Flags().StringVar(&clusterFile, "cluster", os.Getenv("HERMOD_CLUSTER"),
		"the `FILE` of a cluster to be a node of (default: $HERMOD_CLUSTER)")
	cmd.Flags().Lookup("cluster").DefValue = ""
	addClusterDev(cmd, &devFolder, "be a node of a cluster on this machine, whose etcd is started here; its `FOLDER`")
	return cmd
}

// variableList has a line for each variable that overrides a value. The bots' defaults are many and follow the same
// rule, so they share one line.
func variableList() string {
	var text strings.Builder
	variables := config.Variables()
	for _, name := range slices.Sorted(maps.Keys(variables)) {
		if !strings.HasPrefix(name, "HERMOD_DEFAULTS_") {
			fmt.Fprintf(&text, "  %-28s %s\n", name, variables[name])
		}
	}
	text.WriteString("  HERMOD_DEFAULTS_…            defaults.…, for example HERMOD_DEFAULTS_URL")
	return text.String()
}
