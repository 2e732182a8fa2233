//go:build !linux

package suite

// cores says nothing: pinning is done on Linux only.
func cores() []int { return nil }
