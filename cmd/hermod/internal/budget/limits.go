package budget

import (
	"errors"
	"fmt"
	"math"
	"runtime/debug"

	"github.com/KimMachineGun/automemlimit/memlimit"

	"hermod/connector/limit"
)

const (
	// NoMemoryLimit stands for no limit of memory.
	NoMemoryLimit int64 = math.MaxInt64
	// maxFiles stands for a limit of open files that there is not.
	maxFiles = 1 << 20
)

// Source says where a limit of memory comes from.
type Source string

// The sources.
const (
	// FromCgroup: the process's cgroup, version 1 or 2, as a container or a service manager sets it.
	FromCgroup Source = "cgroup"
	// FromGo: GOMEMLIMIT.
	FromGo Source = "GOMEMLIMIT"
	// FromNobody: there is none.
	FromNobody Source = "none"
)

// Limits are what the process may use.
type Limits struct {
	// Files is how many files, sockets among them, it may have open; at most 1<<20.
	Files int
	// Memory is in bytes, NoMemoryLimit for no limit, and Source says whose it is.
	Memory int64
	Source Source
}

// Read returns the limits of this process. The error says what could not be read of a cgroup; then there is no limit of
// memory.
func Read() (Limits, error) {
	l := Limits{Files: int(min(limit.MaxFiles(), maxFiles)), Memory: debug.SetMemoryLimit(-1), Source: FromGo}
	if l.Memory != NoMemoryLimit {
		return l, nil
	}
	l.Source = FromNobody
	memory, err := memlimit.FromCgroup()
	switch {
	case errors.Is(err, memlimit.ErrNoLimit), errors.Is(err, memlimit.ErrNoCgroup),
		errors.Is(err, memlimit.ErrCgroupsNotSupported):
		return l, nil
	case err != nil:
		return l, fmt.Errorf("read the cgroup's limit of memory: %w", err)
	case memory < uint64(NoMemoryLimit):
		l.Memory, l.Source = int64(memory), FromCgroup
	}
	return l, nil
}

// Enforce has the Go runtime keep to its part of the memory. A limit that GOMEMLIMIT gave stays.
func (b Budget) Enforce() {
	if b.Limits.Source == FromCgroup {
		debug.SetMemoryLimit(b.GoMemory)
	}
}
