package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"hermod/cluster/registry"
	"hermod/cmd/hermod/internal/cli"
	"hermod/cmd/hermod/internal/clusterdev"
	"hermod/cmd/hermod/internal/clustered"
	"hermod/cmd/hermod/internal/config"
)

// storePatience bounds what a command waits for etcd.
const storePatience = 15 * time.Second

const clusterHelp = `Several daemons, on one machine or many, share the bots of one configuration: each bot
runs on exactly one node, and moves when its node fails. 'hermod run --cluster FILE' is a
node. etcd keeps what the nodes agree on; secrets stay with the nodes.

FILE names the cluster, its etcd and this node; the manual (cluster/README.md) describes it.

Exit codes: 0 done, 1 failed, 2 wrong usage or a mistake in a file.`

// clusterFlags are those of every command about a cluster.
type clusterFlags struct{ file, dev string }

func (f *clusterFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.file, "cluster", os.Getenv("HERMOD_CLUSTER"), "the cluster's `FILE` (default: $HERMOD_CLUSTER)")
	cmd.Flags().Lookup("cluster").DefValue = ""
	addClusterDev(cmd, &f.dev, "the cluster that 'hermod run --cluster-dev' runs on this machine; its `FOLDER`")
}

// with opens the cluster's store for a command.
func (f *clusterFlags) with(cmd *cobra.Command, do func(ctx context.Context, store *registry.Store) error) error {
	if f.dev != "" {
		f.file = clusterdev.File(f.dev)
		if _, err := os.Stat(f.file); errors.Is(err, fs.ErrNotExist) {
			return cli.UsageError("no cluster is in %s: start one with 'hermod run --cluster-dev', with the same folder", f.dev)
		}
	}
	if f.file == "" {
		return cli.UsageError("name the cluster's file with --cluster or $HERMOD_CLUSTER")
	}
	cfg, err := clustered.Load(f.file, os.Getenv)
	if err != nil {
		return &cli.ExitError{Code: cli.ExitUsage, Err: err}
	}
	store, err := registry.Open(cfg.Etcd)
	if err != nil {
		return err
	}
	defer func() { _ = store.Close() }()
	ctx, cancel := context.WithTimeout(cmd.Context(), storePatience)
	defer cancel()
	err = do(ctx, store)
	if errors.Is(err, context.DeadlineExceeded) {
		err = fmt.Errorf("etcd at %s does not answer; check that it runs, and etcd.endpoints in %s: %w",
			strings.Join(cfg.Etcd.Endpoints, ", "), f.file, err)
	}
	return err
}

func newClusterCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "cluster",
		Short: "Share bots among several daemons",
		Long:  clusterHelp,
		Args:  noArguments,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newClusterApplyCommand(), newClusterStatusCommand(), newClusterDrainCommand("drain", true,
		"Have a node give up its bots and take no others"), newClusterDrainCommand("undrain", false, "Let a node take bots again"))
	return cmd
}

func newClusterApplyCommand() *cobra.Command {
	var flags clusterFlags
	var dryRun bool
	cmd := &cobra.Command{
		Use:   "apply CONFIG",
		Short: "Make the cluster's bots those of a configuration file",
		Long: `Make the cluster's bots those of a configuration file: bots that are not in it are removed.
Only what stands below bots, with the defaults, is taken over; everything else is each
node's own. Secrets are not read: {file: PATH} and {env: NAME} are looked up by each node,
a relative path beginning in the folder of its own configuration. A node that lacks one is
not given the bot.`,
		Example: "  hermod cluster apply hermod.yaml --cluster cluster.yaml --dry-run",
		Args:    oneArgument("a configuration file"),
		RunE: func(cmd *cobra.Command, args []string) error {
			wanted, err := config.Desired(args[0], os.Environ())
			if err != nil {
				return reportInvalid(cmd, err)
			}
			return flags.with(cmd, func(ctx context.Context, store *registry.Store) error {
				return applyBots(ctx, cmd.OutOrStdout(), store, wanted, dryRun)
			})
		},
	}
	flags.add(cmd)
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "say what would change, and change nothing")
	return cmd
}

func applyBots(ctx context.Context, out io.Writer, store *registry.Store, wanted map[string]string, dryRun bool) error {
	now, err := store.Read(ctx)
	if err != nil {
		return err
	}
	added, changed, removed := registry.Plan(now, wanted)
	for _, some := range []struct {
		sign    string
		changes []registry.Change
	}{{"+", added}, {"~", changed}, {"-", removed}} {
		for _, c := range some.changes {
			fmt.Fprintf(out, "%s %s\n", some.sign, c.Bot)
		}
	}
	did := "changed"
	if dryRun {
		did = "would change"
	} else if err := store.Apply(ctx, slices.Concat(added, changed, removed)); err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "%s: %d added, %d changed, %d removed, %d as they were\n", did, len(added), len(changed),
		len(removed), len(wanted)-len(added)-len(changed))
	return err
}

func newClusterDrainCommand(verb string, on bool, short string) *cobra.Command {
	var flags clusterFlags
	cmd := &cobra.Command{
		Use:   verb + " NODE",
		Short: short,
		Long: `A node that is drained gives its bots up, a few at a time, each in order, and stays a member
without bots until 'hermod cluster undrain'. It need not run: that lasts across restarts.`,
		Args: oneArgument("a node"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return flags.with(cmd, func(ctx context.Context, store *registry.Store) error {
				if err := store.SetDrain(ctx, args[0], on); err != nil {
					return err
				}
				_, err := fmt.Fprintf(cmd.OutOrStdout(), "%s: %s\n", args[0], map[bool]string{true: "drains", false: "takes bots"}[on])
				return err
			})
		},
	}
	flags.add(cmd)
	return cmd
}
