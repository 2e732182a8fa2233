package cli_test

import (
	"errors"
	"fmt"
	"testing"

	"hermod/cmd/hermod/internal/cli"
	"hermod/wire"
)

func TestExitCodeFollowsTheError(t *testing.T) {
	for name, tc := range map[string]struct {
		err     error
		started bool
		want    int
	}{
		"before the command started": {errors.New("x"), false, 2},
		"while it ran":               {errors.New("x"), true, 1},
		"usage, found while it ran":  {cli.UsageError("x"), true, 2},
		"a configuration it refused": {fmt.Errorf("x: %w", &wire.ConfigError{Field: "f"}), true, 2},
		"a code of its own":          {fmt.Errorf("x: %w", &cli.ExitError{Code: 4}), true, 4},
	} {
		if got := cli.ExitCode(tc.err, tc.started); got != tc.want {
			t.Errorf("%s: exit code %d, want %d", name, got, tc.want)
		}
	}
}

func TestAConfigurationErrorNamesItsFlag(t *testing.T) {
	flags := map[string]string{"MaxFrame": "--max-frame"}
	err := cli.ConfigFlag(fmt.Errorf("x: %w", &wire.ConfigError{Field: "MaxFrame", Reason: "is too small"}), flags)
	if cli.ExitCode(err, true) != cli.ExitUsage || err.Error() != "--max-frame: is too small" {
		t.Errorf("got %v", err)
	}
	for _, other := range []error{errors.New("x"), &wire.ConfigError{Field: "Other"}} {
		if got := cli.ConfigFlag(other, flags); got != other {
			t.Errorf("%v became %v", other, got)
		}
	}
}

func TestOneIsNoPlural(t *testing.T) {
	for n, want := range map[int]string{0: "0 bots", 1: "1 bot", 2: "2 bots"} {
		if got := cli.Count(n, "bot"); got != want {
			t.Errorf("%d is %q, want %q", n, got, want)
		}
	}
}
