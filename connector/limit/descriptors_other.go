//go:build !unix

package limit

import "math"

// MaxFiles returns math.MaxUint64: the system has no limit of the files that the process may open.
func MaxFiles() uint64 { return math.MaxUint64 }
