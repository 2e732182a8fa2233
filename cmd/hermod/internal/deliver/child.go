package deliver

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"time"

	"hermod/actors"
	"hermod/cmd/hermod/internal/config"
	"hermod/cmd/hermod/internal/fleet"
	"hermod/cmd/hermod/internal/pipe"
	"hermod/cmd/hermod/internal/record"
	"hermod/cmd/hermod/internal/subprocess"
)

const (
	// answerGrace is how long a process that is to end may wait for the results of its commands.
	answerGrace = 3 * time.Second
	// endGrace is how long it has after its input ended, and again after it was told to terminate.
	endGrace = 2 * time.Second
)

var errProcessEnded = errors.New("the process has ended")

// child is one process that runs.
type child struct {
	cmd       *exec.Cmd
	stdin     io.WriteCloser
	stdout    io.ReadCloser
	session   *pipe.Session
	silent    chan struct{} // closed when it gives no more commands
	exited    chan struct{} // closed when it is gone; then failure may be read
	failure   error
	platforms []string

	mu    sync.Mutex
	greet uint64 // the newest generation whose descriptors were written
}

func startChild(cfg *config.Process, bot *fleet.Bot, log *errorLog, upkeep *upkeep) (*child, error) {
	c := &child{cmd: exec.Command(cfg.Command[0], cfg.Command[1:]...), silent: make(chan struct{}),
		exited: make(chan struct{})}
	c.cmd.Dir, c.cmd.Env = cfg.Directory, environment(cfg.Env, bot.Name())
	c.cmd.Stderr = &errorLines{log: log}
	subprocess.OwnGroup(c.cmd)
	stdin, err := c.cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("start the process: %w", err)
	}
	stdout, commands, err := os.Pipe() // unlike StdoutPipe's, the reader decides when to close it
	if err != nil {
		return nil, fmt.Errorf("start the process: %w", err)
	}
	c.cmd.Stdout, c.stdin, c.stdout = commands, stdin, stdout
	c.cmd.WaitDelay = endGrace // what the process left behind may hold its standard error open
	err = c.cmd.Start()
	_ = commands.Close()
	if err != nil {
		_ = stdout.Close()
		return nil, fmt.Errorf("start the process: %w", err)
	}
	if cfg := bot.Config(); cfg != nil {
		for _, identity := range cfg.Identities {
			c.platforms = append(c.platforms, identity.Platform)
		}
	}
	c.session = pipe.New(&input{Writer: stdin, upkeep: upkeep}, "the process's standard input", bot.Relay, cfg.ManualAck)
	c.session.Observe(bot.Sending)
	go c.read()
	go func() {
		c.failure = c.cmd.Wait()
		close(c.exited)
	}()
	return c, nil
}

func (c *child) read() {
	defer close(c.silent)
	_ = c.session.Read(c.stdout) // what ended it shows in how the process ends
}

// deliver writes the descriptors of a connection before the first delivery of it, then the delivery.
func (c *child) deliver(ctx context.Context, relay *actors.Relay, generation uint64, bufferID string,
	line []byte) error {
	if err := c.describe(ctx, relay, generation); err != nil {
		return err
	}
	return c.session.Deliver(ctx, bufferID, line)
}

func (c *child) describe(ctx context.Context, relay *actors.Relay, generation uint64) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if generation <= c.greet {
		return nil
	}
	for _, platform := range c.platforms {
		if d := relay.Descriptor(platform); d != nil {
			if err := c.session.Put(ctx, record.Descriptor(d)); err != nil {
				return err
			}
		}
	}
	c.greet = generation
	return nil
}

// stop ends the process in steps, each of which is shorter when ctx ends, and returns when it is gone.
func (c *child) stop(ctx context.Context) error {
	c.session.Refuse()
	answers, cancel := context.WithTimeout(ctx, answerGrace)
	c.session.Wait(answers)
	cancel()
	c.session.Fail(errProcessEnded)
	_ = c.stdin.Close()
	for _, end := range []func(*exec.Cmd){subprocess.Terminate, subprocess.Kill} {
		select {
		case <-c.exited:
		case <-time.After(endGrace):
			end(c.cmd)
		case <-ctx.Done():
			subprocess.Kill(c.cmd)
		}
	}
	<-c.exited
	select {
	case <-c.silent:
	case <-time.After(endGrace): // what the process left behind holds its standard output open
	case <-ctx.Done():
	}
	_ = c.stdout.Close()
	<-c.silent
	if c.failure == nil {
		return errors.New("the process ended by itself, with exit code 0")
	}
	return fmt.Errorf("the process ended: %w", c.failure)
}
