package actors

import (
	"sync/atomic"
)

// counters are what Status and metrics read while the relay's actors count. Some of them carry more than figures: queued
// and queuedBytes, which the reader raises and the inbox lowers, say when the reader has to wait; arriving, which callers
// raise and the registry lowers, says that requests are on their way.
type counters struct {
	framesIn, framesOut, bytesIn, bytesOut, reads, writes       atomic.Uint64
	malformed, ignored, lateResults                             atomic.Uint64
	handled, retried, deadLettered, abandoned, duplicates, acks atomic.Uint64
	interrupts, interruptsDropped, requests, resolved           atomic.Uint64
	pending, arriving, queued, queuedBytes                      atomic.Int64
}

func (c *counters) snapshot() Counters {
	return Counters{
		FramesIn: c.framesIn.Load(), FramesOut: c.framesOut.Load(),
		BytesIn: c.bytesIn.Load(), BytesOut: c.bytesOut.Load(),
		Reads: c.reads.Load(), Writes: c.writes.Load(),
		Malformed: c.malformed.Load(), Ignored: c.ignored.Load(), LateResults: c.lateResults.Load(),
		Handled: c.handled.Load(), Retried: c.retried.Load(), DeadLettered: c.deadLettered.Load(),
		Abandoned: c.abandoned.Load(), Duplicates: c.duplicates.Load(), Acks: c.acks.Load(),
		Interrupts: c.interrupts.Load(), InterruptsDropped: c.interruptsDropped.Load(),
		Requests: c.requests.Load(), Resolved: c.resolved.Load(),
	}
}
