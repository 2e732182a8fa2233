//go:build !unix

package connector

import "syscall"

// tryWrite leaves everything to a write that may wait.
func tryWrite(syscall.RawConn, []byte) int { return 0 }
