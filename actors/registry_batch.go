package actors

import (
	"sync"

	"hermod/messages"
)

// maxBatch is how many requests are handed over at the latest. A connector that has some of them already works while the
// rest are on their way; more at once would save no system call worth that.
const maxBatch = 16

var requestBatches = sync.Pool{New: func() any { return new(messages.WriteRequests) }}

// appendRequest adds a frame to a batch, which may be nil.
func appendRequest(batch *messages.WriteRequests, frame []byte) *messages.WriteRequests {
	if batch == nil {
		batch = requestBatches.Get().(*messages.WriteRequests)
	}
	batch.Bytes = append(batch.Bytes, frame...)
	batch.Ends = append(batch.Ends, len(batch.Bytes))
	return batch
}

// releaseRequests gives a batch back. The caller must not touch it afterwards.
func releaseRequests(batch *messages.WriteRequests) {
	if cap(batch.Bytes) <= maxKeptBatch {
		batch.Bytes, batch.Ends = batch.Bytes[:0], batch.Ends[:0]
		requestBatches.Put(batch)
	}
}

// handOver gives the writer what was admitted, when no more requests are on their way. With several in flight it yields
// once, so that callers which are about to send do, and all their frames share a message and a system call.
func (r *registry) handOver() {
	if r.batch == nil || r.more() {
		return
	}
	if len(r.pending) > 2 && len(r.batch.Ends) < maxBatch && r.yielder.yield() && r.more() {
		return
	}
	r.handOverNow()
}

// more says that a request is on its way, and the batch has room for it.
func (r *registry) more() bool {
	return r.counters.arriving.Load() > 0 && len(r.batch.Ends) < maxBatch
}

func (r *registry) handOverNow() {
	if r.batch != nil {
		r.writer.Tell(r.batch)
		r.batch = nil
	}
}

// tellWriter sends any other frame, behind the requests that came before it.
func (r *registry) tellWriter(m messages.ToWriter) {
	r.handOverNow()
	r.writer.Tell(m)
}
