package main

import (
	"cmp"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

func newVersionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version, the commit and the Go version",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := fmt.Fprintln(cmd.OutOrStdout(), versionText())
			return err
		},
	}
}

// versionText says what runs.
func versionText() string {
	version, commit := build()
	return fmt.Sprintf("hermod %s\ncommit %s\n%s %s/%s", version, commit, runtime.Version(), runtime.GOOS, runtime.GOARCH)
}

// What a release is stamped with, by -ldflags -X; empty in other builds. modified is "true" or "false".
var version, commit, modified string

// build says what a release is stamped with, or else what the Go tool recorded when it built this program.
func build() (string, string) {
	if version != "" {
		return version, describeCommit(commit, modified)
	}
	version, commit, modified := "", "", ""
	if info, ok := debug.ReadBuildInfo(); ok {
		version = info.Main.Version
		for _, setting := range info.Settings {
			switch setting.Key {
			case "vcs.revision":
				commit = setting.Value
			case "vcs.modified":
				modified = setting.Value
			}
		}
	}
	return cmp.Or(version, "unknown"), describeCommit(commit, modified)
}

func describeCommit(commit, modified string) string {
	if modified == "true" {
		return cmp.Or(commit, "unknown") + " (modified)"
	}
	return cmp.Or(commit, "unknown")
}
