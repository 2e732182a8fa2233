package store

import (
	"os"

	bolt "go.etcd.io/bbolt"
	"golang.org/x/sys/unix"
)

// openMemory opens a store in a file that is memory of this process and has no name.
func openMemory() (*bolt.DB, error) {
	return bolt.Open("", 0o600, &bolt.Options{NoFreelistSync: true, NoSync: true, NoGrowSync: true,
		FreelistType: bolt.FreelistMapType,
		OpenFile: func(string, int, os.FileMode) (*os.File, error) {
			fd, err := unix.MemfdCreate("hermod-store", unix.MFD_CLOEXEC)
			if err != nil {
				return nil, os.NewSyscallError("memfd_create", err)
			}
			return os.NewFile(uintptr(fd), "memory"), nil
		}})
}
