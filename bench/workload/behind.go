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

// DaemonVariable is the environment variable that holds the path of the program hermod, for the clients that stand
// behind `hermod run`.
const DaemonVariable = "HERMOD_BENCH_DAEMON"

// behindSecret signs the tokens with which a client dials its daemon.
const behindSecret = "benchmark"

// openBehind is openHermod with `hermod run`, in a process of its own, between each connection and the peer. durable
// has the daemon keep every event on disk before it acknowledges it.
func openBehind(durable bool) func() (Dial, func(), error) {
	return func() (Dial, func(), error) {
		program := os.Getenv(DaemonVariable)
		if program == "" {
			return nil, nil, errors.New(DaemonVariable + " does not name the program hermod")
		}
		var daemons []*daemon
		direct, closeAll, err := openEngine(releasing, "local", behindSecret)
		if err != nil {
			return nil, nil, err
		}
		dial := func(ctx context.Context, to Target, handler *Handler) (Client, error) {
			d, err := startDaemon(ctx, program, to.URL, durable)
			if err != nil {
				return nil, err
			}
			daemons = append(daemons, d)
			return direct(ctx, Target{URL: d.url}, handler)
		}
		return dial, func() {
			closeAll()
			for _, d := range daemons {
				d.end()
			}
		}, nil
	}
}

// daemon is a running `hermod run`.
type daemon struct {
	command *exec.Cmd
	folder  string
	url     string // where its gateway dials
}

func startDaemon(ctx context.Context, program, peer string, durable bool) (*daemon, error) {
	folder, err := os.MkdirTemp("", "hermod-bench-daemon-")
	if err != nil {
		return nil, err
	}
	d := &daemon{folder: folder}
	file := filepath.Join(folder, "hermod.yaml")
	text := fmt.Sprintf(`http: {listen: '127.0.0.1:0'}
state: state
gateways: {listen: '127.0.0.1:0', durable: %t}
bots:
  - name: bot
    url: %s
    identities: [{platform: discord, bot_id: b1}]
    deliver: {relay: {gateway_id: local, secret: {env: SECRET}}}
`, durable, peer)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		return nil, err
	}
	d.command = exec.Command(program, "run", "--config", file)
	d.command.Env = append(os.Environ(), "SECRET="+behindSecret)
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
	var line struct{ Gateways string }
	if err := json.NewDecoder(output).Decode(&line); err != nil || line.Gateways == "" {
		d.end()
		return nil, fmt.Errorf("the daemon does not serve gateways: %v\n%s", err, trouble.String())
	}
	d.url = "ws://" + line.Gateways + "/relay"
	return d, nil
}

// end ends the daemon and removes what it left.
func (d *daemon) end() {
	_ = d.command.Process.Signal(syscall.SIGTERM)
	_ = d.command.Wait()
	_ = os.RemoveAll(d.folder)
}
