package suite

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"

	"hermod/bench/workload"
)

// clients says how each client is started.
type clients struct {
	programs map[string]string // the path of each client's worker
	absent   map[string]string // why a client cannot be started here
	folder   string            // holds what was built; "" when nothing was
	daemon   string            // the program hermod, for the clients behind it; "" when it was not built
}

// close removes what was built.
func (c clients) close() error {
	if c.folder == "" {
		return nil
	}
	return os.RemoveAll(c.folder)
}

// own are the clients that are part of this program. Python's is one of them: its worker reports what the machine
// lacks.
var own = []string{
	workload.PeerClient, workload.Hermod, workload.HermodKeep, workload.Inline, workload.InlineReuse, workload.InlineWire,
	workload.Raw, workload.Bare, workload.GobwasMutex, workload.GobwasYield, workload.PythonClient,
	workload.Store, workload.Copied,
}

// built are the clients of the nested module bench/baselines.
var built = []string{workload.GWS, workload.Coder, workload.Gorilla, workload.NBIO, workload.NBIODirect}

// behind are the clients that stand behind a daemon, or are one.
var behind = []string{workload.Behind, workload.BehindKept, workload.PythonBehind, workload.HermodRun}

// findClients looks for the clients of this machine. source is the checkout, or "". self starts this program as a
// worker.
func findClients(ctx context.Context, source string, self string, baselines bool) (clients, error) {
	c := clients{programs: make(map[string]string), absent: make(map[string]string)}
	for _, name := range own {
		c.programs[name] = self
	}
	switch {
	case !baselines:
		c.leaveOut("--no-baselines", slices.Concat([]string{workload.PythonClient}, built, behind)...)
	case source == "":
		c.leaveOut("their source is not here: run inside a checkout of Hermod", slices.Concat(built, behind)...)
	default:
		return c, c.build(ctx, source)
	}
	return c, nil
}

func (c *clients) leaveOut(why string, names ...string) {
	for _, name := range names {
		c.absent[name] = why
	}
}

// build makes the nested module's worker, and a worker of this module without the code that draws tables and charts,
// which would count as memory of idle relays, and the program hermod. Without a Go toolchain the clients that need what
// is built are absent; a build that fails is an error.
func (c *clients) build(ctx context.Context, source string) error {
	goTool, err := exec.LookPath("go")
	if err != nil {
		c.leaveOut("there is no Go toolchain to build them with", slices.Concat(built, behind)...)
		return nil
	}
	if c.folder, err = os.MkdirTemp("", "hermod-bench-"); err != nil {
		return err
	}
	for _, b := range []struct {
		module, target, name string
		clients              []string
	}{
		{filepath.Join(source, "bench", "baselines"), ".", "baselines", built},
		{source, "./bench/workload/worker", "worker", slices.Concat(own, behind)},
		{source, "./cmd/hermod", "hermod", nil},
	} {
		binary := filepath.Join(c.folder, b.name)
		if runtime.GOOS == "windows" {
			binary += ".exe"
		}
		cmd := exec.CommandContext(ctx, goTool, "build", "-o", binary, b.target)
		cmd.Dir = b.module
		if output, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("building the %s in %s: %w\n%s(--no-baselines runs without them)", b.name, b.module, err, output)
		}
		for _, name := range b.clients {
			c.programs[name] = binary
		}
		c.daemon = binary // the last one
	}
	return nil
}

// available splits a table into the rows that can run here and those that cannot.
func (c clients) available(table []Row) (can []Row, leftOut []LeftOut) {
	for _, row := range table {
		if why, absent := c.absent[row.Spec.Client]; absent {
			leftOut = append(leftOut, LeftOut{Row: row.ID, Why: why})
		} else {
			can = append(can, row)
		}
	}
	return can, leftOut
}
