package budget

import "fmt"

// Shortages are what does not fit, each with what to do; nil when all does.
func (b Budget) Shortages() (notes []string) {
	d := b.Demand
	if b.Limits.Files < d.neededFiles() {
		notes = append(notes, fmt.Sprintf("%d bots need %d open files, and the process may have %d: raise its limit "+
			"(ulimit -n, or LimitNOFILE in systemd); until then a bot may "+
			"have none to dial with while clients, subprocesses and webhooks are busy",
			d.Bots, d.neededFiles(), b.Limits.Files))
	}
	if b.GoMemory >= d.neededMemory() {
		return notes
	}
	switch b.Limits.Source {
	case FromCgroup:
		notes = append(notes, fmt.Sprintf("%d bots need a cgroup with %d MiB of memory, and this one has %d MiB: raise "+
			"it (MemoryMax in systemd, the container's limit of memory); until then the daemon may be killed",
			d.Bots, mebibytes(b.neededCgroup()), mebibytes(b.Limits.Memory)))
	case FromGo:
		notes = append(notes, fmt.Sprintf("%d bots need %d MiB of memory, and GOMEMLIMIT says %d MiB: raise it, or leave "+
			"it out to have it follow the cgroup; until then the daemon spends its time collecting garbage",
			d.Bots, mebibytes(d.neededMemory()), mebibytes(b.Limits.Memory)))
	}
	return notes
}

// mebibytes are rounded up.
func mebibytes(bytes int64) int64 { return (bytes + 1<<20 - 1) >> 20 }
