package campaign

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"

	"hermod/faults/internal/clock"
)

// ErrBroken says that a promise was broken, or that the lab failed.
var ErrBroken = errors.New("promises were broken")

// maxShrunk bounds how many failing schedules are shrunk.
const maxShrunk = 3

// Main builds the programs and plays a campaign, or one schedule again and again if it is told a file.
func Main(ctx context.Context, o Options, file string) error {
	if err := o.Prepare(); err != nil {
		return err
	}
	defer os.RemoveAll(o.Work)
	if file != "" {
		failed, err := replay(o, file, os.Stdout)
		if failed {
			err = errors.Join(ErrBroken, err)
		}
		return err
	}
	fmt.Printf("seeds from %d\n", o.Seed)
	t := Run(ctx, o)
	t.Print(os.Stdout)
	for _, f := range t.Failed {
		if err := f.report(o, os.Stdout); err != nil {
			return err
		}
	}
	for _, f := range t.Failed[:min(maxShrunk, len(t.Failed))] {
		if err := f.reportShrunk(o, os.Stdout); err != nil {
			return err
		}
	}
	if len(t.Failed) > 0 || len(t.Broken) > 0 {
		return ErrBroken
	}
	return nil
}

// errNothing says that nothing would be played, which would look like a success.
var errNothing = errors.New("play one schedule at least, in one world at least")

// Prepare makes a folder for the worlds, which the caller removes, and builds the programs, with clocks that can jump.
func (o *Options) Prepare() (err error) {
	if o.Schedules < 1 || o.Worlds < 0 || o.Clusters < 0 || o.Worlds+o.Clusters < 1 {
		return fmt.Errorf("-n %d -worlds %d -clusters %d: %w", o.Schedules, o.Worlds, o.Clusters, errNothing)
	}
	if o.Lab, err = os.Executable(); err != nil {
		return err
	}
	o.Progress, o.Isolated = os.Stderr, canIsolate()
	if o.Work, err = os.MkdirTemp("", "hermod-faults-"); err != nil {
		return err
	}
	if o.Replaced, err = clock.Overlay(o.Work); err != nil {
		return err
	}
	o.Hermod, o.Players = filepath.Join(o.Work, "hermod"), filepath.Join(o.Work, "players")
	if err := o.Build(Product, o.Hermod, "./cmd/hermod"); err != nil {
		return err
	}
	return o.Build(Lab, o.Players, ".")
}

// The folders of the two modules, from where the lab runs.
const (
	Product = ".."
	Lab     = "."
)

// Build builds a package of a module with the files that are Replaced.
func (o *Options) Build(module, out, pkg string) error {
	text, _ := json.Marshal(map[string]map[string]string{"Replace": o.Replaced})
	overlay := filepath.Join(o.Work, "overlay.json")
	if err := os.WriteFile(overlay, text, 0o600); err != nil {
		return err
	}
	cmd := exec.Command("go", "-C", module, "build", "-o", out, "-overlay", overlay, pkg)
	if output, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build %s: %w\n%s", pkg, err, output)
	}
	return nil
}

// canIsolate says whether worlds can have namespaces, loop devices and packet filters here.
func canIsolate() bool {
	if os.Getuid() != 0 {
		return false
	}
	for _, tool := range []string{"ip", "iptables", "mount", "mkfs.ext4"} {
		if _, err := exec.LookPath(tool); err != nil {
			return false
		}
	}
	if _, err := os.Stat("/dev/loop-control"); err != nil {
		return false
	}
	cmd := exec.Command("iptables", "-w", "-A", "INPUT", "-p", "tcp", "-m", "statistic", "--mode", "random", "--probability", "0.1",
		"-j", "DROP")
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET | syscall.CLONE_NEWNS | syscall.CLONE_NEWPID}
	return cmd.Run() == nil
}
