package world

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"

	"hermod/faults/internal/clock"
)

// patience bounds what nobody should have to wait for.
const patience = 20 * time.Second

// process is a program that is kept running: it is started again whenever it has ended.
type process struct {
	name string
	args []string
	log  *os.File
	// clock is its wall clock.
	clock *clock.Clock
	// faulty says that it may end by itself now.
	faulty func() bool
	begun  sync.Once

	mu      sync.Mutex
	cmd     *exec.Cmd
	stdin   io.WriteCloser
	up      chan struct{} // closed when it can be used; a new one for each life
	exited  chan struct{}
	killed  bool // this life was ended from outside
	held    bool // it is not started again for now
	ending  bool
	crashes []string
}

func (w *World) newProcess(name string, args ...string) (p *process, err error) {
	p = &process{name: name, args: args, up: make(chan struct{})}
	p.log, _ = os.OpenFile(w.path(name+".log"), os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
	if p.clock, err = clock.New(w.path(name + ".clock")); err != nil {
		return nil, err
	}
	p.faulty = func() bool {
		d := w.disks[name]
		return d != nil && d.faulty.Load()
	}
	w.procs[name] = p
	return p, nil
}

// pause is how long a process is gone before it is started again.
const pause = 30 * time.Millisecond

// begin starts the process, and again whenever it has ended. Further calls do nothing.
func (p *process) begin() {
	p.begun.Do(func() {
		go func() {
			for p.live() {
				<-time.After(pause)
			}
		}()
	})
}

// live is one life of the process; it is false when there is to be no other.
func (p *process) live() bool {
	p.mu.Lock()
	if p.ending {
		p.mu.Unlock()
		return false
	}
	if p.held {
		p.mu.Unlock()
		return true
	}
	cmd := exec.Command(p.args[0], p.args[1:]...)
	cmd.Stderr = p.log
	cmd.Env = append(os.Environ(), p.clock.Environment())
	cmd.SysProcAttr = dieWithParent()
	stdin, err := cmd.StdinPipe()
	var stdout io.ReadCloser
	if err == nil {
		stdout, err = cmd.StdoutPipe()
	}
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		p.crashes = append(p.crashes, fmt.Sprintf("%s could not be started: %v", p.name, err))
		p.mu.Unlock()
		return true
	}
	up, exited := p.up, make(chan struct{})
	p.cmd, p.stdin, p.exited, p.killed = cmd, stdin, exited, false
	p.mu.Unlock()

	lines := bufio.NewScanner(stdout)
	for first := true; lines.Scan(); first = false {
		if first {
			close(up)
		}
	}
	err = cmd.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case <-up:
		p.up = make(chan struct{})
	default:
	}
	if !p.killed && !p.ending && !p.faulty() {
		p.crashes = append(p.crashes, fmt.Sprintf("%s ended by itself: %v", p.name, err))
	}
	p.cmd = nil
	close(exited)
	return true
}

// signal sends a signal, if the process runs. While it is held nothing has it go on.
func (p *process) signal(s syscall.Signal) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cmd != nil && (s != syscall.SIGCONT || !p.held) {
		_ = p.cmd.Process.Signal(s)
	}
}

// kill ends this life as kill -9 does, and waits until it is over.
func (p *process) kill() {
	p.mu.Lock()
	cmd, exited := p.cmd, p.exited
	p.killed = true
	if cmd != nil {
		_ = cmd.Process.Kill()
	}
	p.mu.Unlock()
	if cmd != nil {
		<-exited
	}
}

// hold keeps it from being started again, until release.
func (p *process) hold(held bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.held = held
}

func (p *process) pid() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cmd == nil {
		return 0
	}
	return p.cmd.Process.Pid
}

func (p *process) isUp() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case <-p.up:
		return p.cmd != nil
	default:
		return false
	}
}

var errNotUp = errors.New("it is not up")

// awaitUp waits until the process can be used.
func (p *process) awaitUp() error {
	limit := time.After(patience)
	for {
		if p.isUp() {
			return nil
		}
		select {
		case <-limit:
			return fmt.Errorf("%s: %w", p.name, errNotUp)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// tell writes a line to its standard input; false if that could not be.
func (p *process) tell(line string) bool {
	p.mu.Lock()
	stdin, up := p.stdin, p.up
	p.mu.Unlock()
	select {
	case <-up:
	default:
		return false
	}
	_, err := io.WriteString(stdin, line+"\n")
	return err == nil
}

// takeCrashes returns how it ended by itself since the last call.
func (p *process) takeCrashes() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	crashes := p.crashes
	p.crashes = nil
	return crashes
}

func (p *process) end() {
	p.mu.Lock()
	p.ending = true
	p.mu.Unlock()
	p.kill()
	p.clock.Close()
	if p.log != nil {
		_ = p.log.Close()
	}
}
