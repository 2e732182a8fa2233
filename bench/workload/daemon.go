package workload

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
)

// DaemonVariable is the environment variable that holds the path of the program hermod, for the clients that are
// `hermod run` or stand behind it.
const DaemonVariable = "HERMOD_BENCH_DAEMON"

// daemon is a running `hermod run`.
type daemon struct {
	command *exec.Cmd
	folder  string

	Listening string // address of its HTTP API
	Gateways  string // where gateways dial; "" if none may
}

// startDaemon starts `hermod run` with a configuration, in a folder of its own.
func startDaemon(ctx context.Context, config string) (*daemon, error) {
	program := os.Getenv(DaemonVariable)
	if program == "" {
		return nil, errors.New(DaemonVariable + " does not name the program hermod")
	}
	folder, err := os.MkdirTemp("", "hermod-bench-daemon-")
	if err != nil {
		return nil, err
	}
	d := &daemon{folder: folder}
	file := filepath.Join(folder, "hermod.yaml")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		return nil, err
	}
	d.command = exec.Command(program, "run", "--config", file)
	d.command.Env = append(os.Environ(), "SECRET="+behindSecret)
	endWithParent(d.command)
	var trouble bytes.Buffer
	d.command.Stderr = &trouble
	output, err := d.command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := d.command.Start(); err != nil {
		return nil, fmt.Errorf("start the daemon: %w", err)
	}
	stop := context.AfterFunc(ctx, func() { _ = d.command.Process.Kill() })
	defer stop()
	if err := json.NewDecoder(output).Decode(d); err != nil {
		d.end()
		return nil, fmt.Errorf("the daemon does not serve: %w\n%s", err, trouble.String())
	}
	return d, nil
}

// end ends the daemon and removes what it left.
func (d *daemon) end() {
	_ = d.command.Process.Signal(syscall.SIGTERM)
	_ = d.command.Wait()
	_ = os.RemoveAll(d.folder)
}
