package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"

	"hermod/soak/process"
)

// daemon is the running `hermod run`.
type daemon struct {
	command *exec.Cmd
	log     *os.File
	token   string // of its API

	Listening string // address of its API
	Gateways  string // where gateways dial
}

// startDaemon builds the program and starts it.
func startDaemon(ctx context.Context, w *world) (*daemon, error) {
	program := filepath.Join(w.folder, "hermod")
	if text, err := exec.CommandContext(ctx, "go", "build", "-o", program, "hermod/cmd/hermod").CombinedOutput(); err != nil {
		return nil, fmt.Errorf("build the daemon: %w\n%s", err, text)
	}
	d := &daemon{token: rand.Text()}
	var err error
	if d.log, err = os.Create(filepath.Join(w.out, "daemon.log")); err != nil {
		return nil, err
	}
	d.command = exec.Command(program, "run", "--config", filepath.Join(w.folder, "hermod.yaml"))
	d.command.Env = append(os.Environ(), "TOKEN="+d.token, "SECRET="+w.secret.Reveal(), "BEHIND="+w.secret.Reveal(),
		"WEBHOOK=whsec_"+w.receiver.key)
	process.EndWithParent(d.command)
	d.command.Stderr = d.log
	output, err := d.command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := d.command.Start(); err != nil {
		return nil, fmt.Errorf("start the daemon: %w", err)
	}
	if err := json.NewDecoder(output).Decode(d); err != nil {
		_ = d.end()
		return nil, fmt.Errorf("the daemon does not serve, see %s: %w", d.log.Name(), err)
	}
	return d, nil
}

func (d *daemon) end() error {
	_ = d.command.Process.Signal(syscall.SIGTERM)
	if err := d.command.Wait(); err != nil {
		return fmt.Errorf("the daemon ended with %w, see %s", err, d.log.Name())
	}
	return d.log.Close()
}

// authorized sends the token of the API with each request.
type authorized struct{ token string }

func (a authorized) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "Bearer "+a.token)
	return transport.RoundTrip(r)
}

var transport = &http.Transport{MaxIdleConnsPerHost: 16}
