// Package leaks shows a secret in every way that the search has to find. Each test leaks in one of them.
package leaks

import (
	"os"
	"os/exec"
)

// StartWith does what a daemon must not: it gives a process that it starts a secret which nobody configured.
func StartWith(program, variable string) error {
	command := exec.Command(program)
	command.Env = append(os.Environ(), child+"=shown", variable)
	return command.Run()
}

// child is set in the processes that the tests start.
const child = "HERMOD_LEAKS_CHILD"
