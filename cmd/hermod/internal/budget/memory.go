package budget

// How memory is divided, in bytes.
const (
	// ownMemory is what the daemon takes without bots, botMemory what each of them takes besides, and gatewayMemory what
	// the session of a gateway does.
	ownMemory     = 32 << 20
	botMemory     = 64 << 10
	gatewayMemory = 48 << 10
	// heldShare is what deliveries, and requests, may hold of the rest, as 1/heldShare; within these bounds.
	heldShare        = 4
	minHeld, maxHeld = 16 << 20, 1 << 30
)

// neededMemory is the least soft limit of the Go runtime that everything fits in.
func (d Demand) neededMemory() int64 {
	return d.restMemory() + heldShare*minHeld
}

// restMemory is what is taken at rest.
func (d Demand) restMemory() int64 {
	return ownMemory + int64(d.Bots)*botMemory + int64(d.Gateways)*gatewayMemory
}

func (b *Budget) divideMemory() {
	b.GoMemory = b.Limits.Memory
	if b.Limits.Source == FromCgroup {
		b.GoMemory = b.share(b.Limits.Memory)
	}
	held := int64(maxHeld)
	if b.GoMemory != NoMemoryLimit {
		rest := b.GoMemory - b.Demand.restMemory()
		held = max(minHeld, min(maxHeld, rest/heldShare))
	}
	b.QueuedBytes, b.PendingBytes = held, held
}

// share is the part of the cgroup's memory that is the Go heap's: the rest is for stacks of the system's, buffers of
// sockets, and subprocesses, which are in the same cgroup.
func (b *Budget) share(memory int64) int64 {
	if b.Demand.Processes > 0 {
		return memory / 4 * 3
	}
	return memory / 10 * 9
}

// neededCgroup is the least limit of the cgroup that everything fits in.
func (b *Budget) neededCgroup() int64 {
	needed := b.Demand.neededMemory()
	return needed * (1 << 20) / b.share(1<<20)
}
