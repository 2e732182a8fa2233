package process

import (
	"os/exec"
	"syscall"
)

// EndWithParent has the kernel kill a process that is yet to be started when this one is gone. Elsewhere than on Linux
// it does nothing.
func EndWithParent(command *exec.Cmd) {
	command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}
