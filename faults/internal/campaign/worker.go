package campaign

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"hermod/faults/internal/schedule"
	"hermod/faults/internal/world"
)

// worker is the process of one world, started anew when it has failed. It belongs to one goroutine.
type worker struct {
	name    string
	options Options
	cmd     *exec.Cmd
	in      io.WriteCloser
	out     *bufio.Scanner
	lives   int
	// As its schedules have it.
	cluster, tight bool
}

// playTime bounds a play: its steps, and a few times what a world waits.
const playTime = 3 * time.Minute

// start starts the world's process.
func (k *worker) start() error {
	k.lives++
	folder := filepath.Join(k.options.Work, fmt.Sprintf("%s-%d", k.name, k.lives))
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	o, _ := json.Marshal(world.Options{Folder: folder, Hermod: k.options.Hermod, Players: k.options.Players,
		Isolated: k.options.Isolated, Cluster: k.cluster, Tight: k.tight})
	k.cmd = exec.Command(k.options.Lab, "world", string(o))
	k.cmd.Stderr = os.Stderr
	k.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if k.options.Isolated {
		k.cmd.SysProcAttr.Cloneflags = syscall.CLONE_NEWNET | syscall.CLONE_NEWNS | syscall.CLONE_NEWPID
	}
	var err error
	if k.in, err = k.cmd.StdinPipe(); err != nil {
		return err
	}
	stdout, err := k.cmd.StdoutPipe()
	if err != nil {
		return err
	}
	k.out = bufio.NewScanner(stdout)
	k.out.Buffer(nil, 256<<20)
	return k.cmd.Start()
}

// play has a schedule played. A world that fails is started anew for the next one.
func (k *worker) play(s schedule.Schedule) (r world.Result) {
	if k.cluster != s.Cluster || k.tight != s.Tight {
		k.stop()
		k.cluster, k.tight = s.Cluster, s.Tight
	}
	if k.cmd == nil {
		if err := k.start(); err != nil {
			k.stop()
			return world.Result{Error: fmt.Sprintf("start a world: %v", err)}
		}
	}
	line, err := json.Marshal(s)
	if err == nil {
		_, err = k.in.Write(append(line, '\n'))
	}
	overdue := time.AfterFunc(playTime, func() { _ = k.cmd.Process.Kill() })
	if err != nil || !k.out.Scan() {
		why := fmt.Sprintf("the world has ended: %v %v", err, k.out.Err())
		if !overdue.Stop() {
			why = fmt.Sprintf("the world was stuck for %v", playTime)
		}
		k.stop()
		return world.Result{Error: why}
	}
	overdue.Stop()
	if err := json.Unmarshal(k.out.Bytes(), &r); err != nil {
		r.Error = err.Error()
	}
	if r.Error != "" || len(r.Verdict.Violations) > 0 {
		k.stop() // what is left of it must not disturb the next
	}
	return r
}

// stop ends the world, and all that it started.
func (k *worker) stop() {
	if k.cmd == nil {
		return
	}
	_ = k.in.Close()
	late := time.AfterFunc(10*time.Second, func() { _ = k.cmd.Process.Kill() })
	_ = k.cmd.Wait()
	late.Stop()
	k.cmd = nil
	_ = os.RemoveAll(filepath.Join(k.options.Work, fmt.Sprintf("%s-%d", k.name, k.lives)))
}
