//go:build interop

package interop

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"testing"

	"go.uber.org/goleak"
)

// languages are the programs that stand for each foreign implementation.
var languages = []language{
	{
		name:    "node",
		program: []string{"/usr/bin/node"},
		dir:     "node",
		suffix:  ".mjs",
		needs:   []string{"--input-type=module", "--eval", "import 'ws'"},
	},
	{
		name:    "python",
		program: []string{"/usr/bin/python3", "-B"},
		dir:     "python",
		suffix:  ".py",
		needs:   []string{"-c", "import websockets"},
	},
}

type language struct {
	name    string
	program []string
	dir     string
	suffix  string
	needs   []string // arguments that fail when the library is missing
}

func TestMain(m *testing.M) {
	if config := os.Getenv(applyingConnector); config != "" {
		serveApplying(config)
		return
	}
	if err := ready(); err != nil {
		fail(err)
	}
	var err error
	if built, err = os.MkdirTemp("", "hermod-interop-"); err != nil {
		fail(err)
	}
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		_ = os.RemoveAll(built)
		os.Exit(code)
	}))
}

// built is the folder of the binaries that the tests build.
var built string

func fail(err error) {
	fmt.Fprintln(os.Stderr, "interop:", err)
	os.Exit(1)
}

// ready reports what the tests need and this machine lacks.
func ready() error {
	var errs []error
	for _, l := range languages {
		cmd := exec.Command(l.program[0], append(l.program[1:], l.needs...)...)
		cmd.Dir = l.dir
		if out, err := cmd.CombinedOutput(); err != nil {
			errs = append(errs, fmt.Errorf("%s is not ready (run make interop-deps): %w\n%s", l.name, err, out))
		}
	}
	return errors.Join(errs...)
}

// each runs a test once per language.
func each(t *testing.T, test func(t *testing.T, l language)) {
	for _, l := range languages {
		t.Run(l.name, func(t *testing.T) { test(t, l) })
	}
}
