//go:build unix

package connector

import "syscall"

// tryWrite writes what the socket takes at once, and returns how many bytes that is. What was wrong shows at the next
// write.
func tryWrite(raw syscall.RawConn, data []byte) (n int) {
	_ = raw.Write(func(fd uintptr) bool {
		n, _ = syscall.Write(int(fd), data)
		return true
	})
	return max(0, n)
}
