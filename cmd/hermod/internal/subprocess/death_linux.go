package subprocess

import "syscall"

// endWithDaemon has the kernel kill the process when the daemon dies without ending it. The kernel takes the death of
// the thread that started the process for the daemon's; but Go ends no thread unless a goroutine that is locked to it
// returns, and the daemon has none.
func endWithDaemon(attributes *syscall.SysProcAttr) { attributes.Pdeathsig = syscall.SIGKILL }
