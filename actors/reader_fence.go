package actors

// After fenceEvery messages, or messages of fenceBytes, a reader raises a fence, and before the next one it waits for
// the last. So what it tells others fills no mailbox with more than twice as much and what one read brought, whatever
// the connector sends. Deliveries have bounds of their own.
const (
	fenceEvery = 1024
	fenceBytes = 256 << 10
)

// fencing counts what a reader has told others since its last fence.
type fencing struct {
	messages, bytes int
	last            *fence // nil at first
}

// told counts a message.
func (f *fencing) told(bytes int) {
	f.messages++
	f.bytes += bytes
}

// awaitFence returns when the reader may tell more, or the link has ended.
func (l *readLoop) awaitFence() {
	f := &l.fencing
	if f.messages < fenceEvery && f.bytes < fenceBytes {
		return
	}
	if f.last != nil {
		select {
		case <-f.last.passed:
		case <-l.ended.done():
			return
		}
	}
	*f = fencing{last: l.raiseFence()}
}

// raiseFence tells a fence to those that are there. Who is spawned later has nothing to receive.
func (l *readLoop) raiseFence() *fence {
	f := &fence{passed: make(chan struct{}, 1)}
	writer, registry, inbox := l.writer.isThere(), l.relay.registry.isThere(), l.relay.inbox.isThere()
	for _, there := range [...]bool{true, true, writer, registry, inbox} {
		if there {
			f.missing.Add(1)
		}
	}
	l.link.Tell(f)
	l.relay.self.Tell(f)
	if writer {
		l.writer.Tell(f)
	}
	if registry {
		l.relay.registry.Tell(f)
	}
	if inbox {
		l.relay.inbox.Tell(f)
	}
	return f
}
