package main

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/spf13/cobra"

	"hermod/cmd/hermod/internal/cli"
	"hermod/cmd/hermod/internal/clusterdev"
	"hermod/cmd/hermod/internal/daemon"
)

// addClusterDev adds the flag that names the folder of a cluster on this machine; the default one without a value.
func addClusterDev(cmd *cobra.Command, folder *string, usage string) {
	cmd.Flags().StringVar(folder, "cluster-dev", "", usage)
	cmd.Flags().Lookup("cluster-dev").NoOptDefVal = clusterdev.DefaultFolder()
	cmd.PreRunE = func(cmd *cobra.Command, _ []string) error {
		if cmd.Flags().Changed("cluster") && cmd.Flags().Changed("cluster-dev") {
			return cli.UsageError("--cluster and --cluster-dev exclude each other: name the file of a cluster that there is, " +
				"or try one out on this machine")
		}
		return nil
	}
}

// runDaemon runs a daemon, as a node of the cluster in that folder if there is one.
func runDaemon(ctx context.Context, opts daemon.Options, folder string) error {
	if folder == "" {
		return daemon.Run(ctx, opts)
	}
	dev, err := clusterdev.Start(ctx, folder, opts.Path, slog.New(slog.NewTextHandler(opts.Stderr, nil)))
	if err != nil {
		return err
	}
	defer dev.Close()
	opts.Path, opts.Cluster, opts.BotsElsewhere = dev.Config(), dev.File(), true
	if opts.Environ, err = dev.Environ(opts.Environ); err != nil {
		return err
	}
	applying, cancel := context.WithTimeout(ctx, storePatience)
	defer cancel()
	if err := dev.Apply(applying, opts.Environ); err != nil {
		return fmt.Errorf("hand the bots to the cluster: %w", err)
	}
	return daemon.Run(ctx, opts)
}
