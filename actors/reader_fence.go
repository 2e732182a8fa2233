package actors

// When a reader has told others fenceAt bytes, of which each message counts messageWeight more than it has, it raises a
// fence, and before the next one it waits for the last. So what it tells others fills no mailbox with more than twice
// as much and what one read brought, whatever the connector sends. Deliveries have bounds of their own.
const (
	fenceAt       = 256 << 10
	messageWeight = 256
)

// tell counts a message to others.
func (l *readLoop) tell(bytes int) { l.told += uint32(messageWeight + bytes) }

// fenceDue says that it is time for a fence.
func (l *readLoop) fenceDue() bool { return l.told >= fenceAt }

// awaitFence returns when the reader may tell more, or the link has ended.
func (l *readLoop) awaitFence() {
	if l.fenceDue() && l.awaitPassed() {
		l.told, l.fence = 0, l.raiseFence()
	}
}

// awaitPassed returns when nothing waits before the last fence any more; false when the link has ended.
func (l *readLoop) awaitPassed() bool {
	if l.fence == nil {
		return true
	}
	select {
	case <-l.fence.passed:
		l.fence = nil
		return true
	case <-l.ended.done():
		return false
	}
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
