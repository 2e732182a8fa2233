//go:build !unix

package subprocess

import "os/exec"

// OwnGroup has nothing to do here.
func OwnGroup(*exec.Cmd) {}

// Terminate ends a process.
func Terminate(cmd *exec.Cmd) { _ = cmd.Process.Kill() }

// Kill ends a process.
func Kill(cmd *exec.Cmd) { _ = cmd.Process.Kill() }
