//go:build unix && !linux

package subprocess

import "syscall"

// endWithDaemon can do nothing here: a process that does not end with its standard input outlives a killed daemon.
func endWithDaemon(*syscall.SysProcAttr) {}
