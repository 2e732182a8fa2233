//go:build !linux

package store

import (
	"os"

	bolt "go.etcd.io/bbolt"
)

// openMemory opens a store in a temporary file that is removed at once, or with the folder for such files where a file
// that is open cannot be removed.
func openMemory() (*bolt.DB, error) {
	return bolt.Open("", 0o600, &bolt.Options{NoFreelistSync: true, NoSync: true, NoGrowSync: true,
		FreelistType: bolt.FreelistMapType,
		OpenFile: func(string, int, os.FileMode) (*os.File, error) {
			file, err := os.CreateTemp("", "hermod-*.db")
			if err == nil {
				_ = os.Remove(file.Name())
			}
			return file, err
		}})
}
