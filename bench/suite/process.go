package suite

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"hermod/bench/workload"
)

// workerVariable makes the program a worker, which reads a workload.Spec and runs it.
const workerVariable = "HERMOD_BENCH_WORKER"

// Limits of a worker's time and output.
const (
	stopTime  = 3 * time.Second // to end by itself once asked to
	lineLimit = 4 << 20         // bytes of its standard output
)

// process is a running worker.
type process struct {
	name   string
	cmd    *exec.Cmd
	stdin  io.WriteCloser
	stdout *lines
	stderr excerpt
	ended  chan struct{}
	err    error // how it ended; read it after ended
}

// errHung ends a worker that takes far too long. A Go program then prints the stacks of its goroutines.
var errHung = errors.New("took far too long")

// start runs a worker's program and hands it its Spec. Its standard input stays open. When ctx ends the process is
// asked to end, and killed if it does not.
func start(ctx context.Context, program string, spec workload.Spec, env ...string) (*process, error) {
	p := &process{name: spec.Client, cmd: exec.CommandContext(ctx, program), stdout: newLines(),
		ended: make(chan struct{})}
	p.cmd.Env = append(append(os.Environ(), workerVariable+"=1"), env...)
	p.cmd.Stdout, p.cmd.Stderr = p.stdout, &p.stderr
	p.cmd.Cancel = func() error {
		if errors.Is(context.Cause(ctx), errHung) {
			return p.cmd.Process.Signal(syscall.SIGQUIT)
		}
		return p.cmd.Process.Signal(syscall.SIGTERM)
	}
	p.cmd.WaitDelay = stopTime
	var err error
	if p.stdin, err = p.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting %s: %w", spec.Client, err)
	}
	go func() {
		defer close(p.ended)
		p.err = p.cmd.Wait()
		p.stdout.end()
	}()
	text, err := json.Marshal(spec)
	if err == nil {
		_, err = p.stdin.Write(append(text, '\n'))
	}
	if err != nil && !errors.Is(err, syscall.EPIPE) { // for a worker that has ended, its exit status says more
		p.kill()
		return nil, fmt.Errorf("handing %s its task: %w", spec.Client, err)
	}
	return p, nil
}

// line is the worker's next line, decoded into what it must be.
func (p *process) line(ctx context.Context, into any) error {
	select {
	case text, ok := <-p.stdout.complete:
		if !ok {
			return p.failure(errors.New("ended without a word"))
		}
		if err := json.Unmarshal(text, into); err != nil {
			p.kill()
			return p.failure(fmt.Errorf("printed %.80q, which is not what the protocol says: %w", text, err))
		}
		return nil
	case <-ctx.Done():
		return p.failure(context.Cause(ctx))
	}
}

// result ends a worker's input, waits for its end and reads its Result.
func (p *process) result(ctx context.Context) (workload.Result, error) {
	_ = p.stdin.Close() // the worker may be gone already
	var r workload.Result
	if err := p.line(ctx, &r); err != nil {
		return r, err
	}
	select {
	case <-p.ended:
	case <-ctx.Done():
		return r, p.failure(context.Cause(ctx))
	}
	switch more, ok := <-p.stdout.complete; {
	case r.Error != "":
		return r, p.failure(errors.New(r.Error))
	case p.err != nil:
		return r, p.failure(p.err)
	case ok:
		return r, p.failure(fmt.Errorf("printed %.80q after its result", more))
	}
	return r, nil
}

// kill ends the process at once and waits for it. It may have ended before.
func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	<-p.ended
}

// failure says which worker failed, how it ended and what it printed. It waits for the process to end, so the process
// must have exited, been killed, or been told to end by its context.
func (p *process) failure(err error) error {
	<-p.ended
	text := fmt.Sprintf("%s: %v", p.name, err)
	if exit := new(exec.ExitError); errors.As(p.err, &exit) && !errors.Is(err, p.err) {
		text += ", " + p.err.Error()
	}
	if words := p.stderr.String(); words != "" {
		text += "\n" + words
	}
	return errors.New(text)
}

// lines cuts what a process prints into lines.
type lines struct {
	rest     []byte
	complete chan []byte
}

// A worker prints two lines at most; more are a failure.
func newLines() *lines { return &lines{complete: make(chan []byte, 8)} }

func (l *lines) Write(text []byte) (int, error) {
	l.rest = append(l.rest, text...)
	for {
		at := bytes.IndexByte(l.rest, '\n')
		if at < 0 {
			break
		}
		select {
		case l.complete <- bytes.Clone(l.rest[:at]):
		default:
			return 0, errors.New("printed too many lines")
		}
		l.rest = l.rest[at+1:]
	}
	if len(l.rest) > lineLimit {
		return 0, fmt.Errorf("printed a line of more than %d bytes", lineLimit)
	}
	return len(text), nil
}

// end takes what is left as the last line.
func (l *lines) end() {
	if len(bytes.TrimSpace(l.rest)) > 0 {
		select {
		case l.complete <- l.rest:
		default: // too many lines: that failed already
		}
	}
	close(l.complete)
}

// excerpt keeps the beginning and the end of what a process prints to its standard error.
type excerpt struct{ head, tail []byte }

const excerptHalf = 2 << 10

func (e *excerpt) Write(text []byte) (int, error) {
	n := len(text)
	room := min(n, excerptHalf-len(e.head))
	e.head, text = append(e.head, text[:room]...), text[room:]
	e.tail = append(e.tail, text...)
	if over := len(e.tail) - excerptHalf; over > 0 {
		e.tail = append(e.tail[:0], e.tail[over:]...)
	}
	return n, nil
}

func (e *excerpt) String() string {
	text := strings.TrimSpace(string(e.head))
	if tail := strings.TrimSpace(string(e.tail)); tail != "" {
		text += "\n…\n" + tail
	}
	return text
}
