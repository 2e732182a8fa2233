//go:build !linux

package suite

// cores returns nil: pinning works on Linux only.
func cores() []int { return nil }
