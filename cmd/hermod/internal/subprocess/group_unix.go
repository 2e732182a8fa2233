//go:build unix

package subprocess

import (
	"os/exec"
	"syscall"
)

// OwnGroup keeps a terminal's Ctrl-C from a process that is not started yet: it ends when the daemon wants.
func OwnGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	endWithDaemon(cmd.SysProcAttr)
}

// Terminate asks a process to end, with all that it started.
func Terminate(cmd *exec.Cmd) { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) }

// Kill ends a process, with all that it started.
func Kill(cmd *exec.Cmd) { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
