//go:build !linux

package process

// ResidentOf is known on Linux only.
func ResidentOf(int) (Resident, error) { return Resident{}, nil }
