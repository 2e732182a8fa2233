//go:build !unix

package socket

import "math"

// MaxOpenFiles does not know a limit here.
func MaxOpenFiles() int { return math.MaxInt }
