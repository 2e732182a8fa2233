package actors

import (
	"runtime"
	"slices"
)

// intake is where batches wait from their reading until their deliveries are in their lanes. Large ones are decoded by
// goroutines, side by side, and leave in the order in which they came.
type intake struct {
	batches  []*batch
	work     chan *batch // to the decoders, created at the first batch that is not decoded at once
	assigned int         // how many of batches were put into work
	decoders int         // goroutines that decode
}

// batchDecoded says that a decoder is done with a batch, decoderEnded that it found no other.
type (
	batchDecoded struct {
		forInbox
		batch *batch
	}
	decoderEnded struct{ forInbox }
)

// decodeAlone is the size of a batch from which no other is decoded beside it: decoded it may be many times larger.
const decodeAlone = 256 << 10

// decodeAtOnce is the size of a batch up to which a goroutine of its own costs more than it brings.
const decodeAtOnce = 16 << 10

// maxKnownKey is the longest lane key that an inbox keeps for what comes next: a quiet bot's next event is likely to be
// of the chat of its last.
const maxKnownKey = 256

// maxDecoders is how many goroutines of one relay decode at once.
var maxDecoders = runtime.GOMAXPROCS(0)

// take puts what was read into lanes: at once if it is little, else when it is decoded. The counters of what is queued
// were raised by the reader.
func (b *inbox) take(batch *batch) {
	batch.welcome = !b.draining
	if len(b.intake.batches) == 0 && batch.blocks <= decodeAtOnce && b.hasRoom() {
		b.admitted += len(batch.frames)
		b.held += int64(batch.size())
		batch.decode(b.cfg, b.counters, b.blank, b.known)
		b.remember(batch)
		b.admitAll(batch, 0)
		return
	}
	b.intake.add(batch)
}

// remember keeps a decoded batch's first key for what comes next.
func (b *inbox) remember(decoded *batch) {
	if key := decoded.lanes[0].key; len(key) <= maxKnownKey {
		b.known = key
	}
}

func (in *intake) add(next *batch) {
	if in.work == nil {
		in.work = make(chan *batch, maxDecoders)
	}
	in.batches = append(in.batches, next)
}

// hasRoom says that the next batch may be decoded. There is always room for one: nothing would free more.
func (b *inbox) hasRoom() bool {
	return b.admitted == 0 || b.admitted < b.cfg.MaxQueued && b.held < int64(b.cfg.MaxQueuedBytes) &&
		!b.relay.fullOfBytes(readAhead) && !b.relay.crowded()
}

// begin counts a batch that goes to a decoder, with the least that its deliveries will hold.
func (b *inbox) begin(batch *batch) {
	b.admitted += len(batch.frames)
	b.held += int64(batch.size() + batch.least())
	b.relay.charge(int64(batch.least()))
}

// assign gives the decoders what there is room for, and starts those that are missing.
func (b *inbox) assign() {
	in := &b.intake
	if b.cancelled {
		b.dropUnassigned(func(*batch) bool { return true })
	}
	for in.assigned < len(in.batches) && len(in.work) < cap(in.work) && b.hasRoom() {
		next := in.batches[in.assigned]
		if !in.goesWith(next) {
			break
		}
		b.begin(next)
		in.work <- next
		in.assigned++
	}
	for in.decoders < min(maxDecoders, len(in.work)) {
		in.decoders++
		go b.decodeAll(in.work)
	}
}

// goesWith says that a batch may be decoded beside those that are.
func (in *intake) goesWith(next *batch) bool {
	return in.assigned == 0 || next.blocks < decodeAlone && in.batches[in.assigned-1].blocks < decodeAlone
}

// dropUnassigned forgets the batches that nobody will handle any more.
func (b *inbox) dropUnassigned(lost func(*batch) bool) {
	in := &b.intake
	waiting := in.batches[in.assigned:]
	kept := slices.DeleteFunc(waiting, func(batch *batch) bool {
		if lost(batch) {
			b.counters.queued.Add(-int32(len(batch.frames)))
			b.relay.charge(-int64(batch.size()))
			return true
		}
		return false
	})
	in.batches = in.batches[:in.assigned+len(kept)]
}

// decodeAll decodes batches until there is none. Its last word says that it has ended, so that a batch that comes
// meanwhile finds another decoder.
func (b *inbox) decodeAll(work <-chan *batch) {
	defer b.self.Tell(&decoderEnded{})
	var yielder yielder
	for {
		select {
		case batch := <-work:
			batch.decode(b.cfg, b.counters, b.blank, "")
			b.self.Tell(&batchDecoded{batch: batch})
			yielder.yield() // what is handled soon is still in the cache, and seen by no garbage collection
		default:
			return
		}
	}
}

func (b *inbox) decoderEnded() {
	b.intake.decoders--
}

// decoded admits every batch up to the first that is still being decoded.
func (b *inbox) decoded(batch *batch) {
	in := &b.intake
	batch.decoded = true
	b.assign()
	for len(in.batches) > 0 && in.batches[0].decoded {
		b.admitAll(in.batches[0], in.batches[0].least())
		in.batches[0] = nil
		in.batches = in.batches[1:]
		in.assigned--
	}
}

// admitAll puts what was decoded into lanes. From here on each delivery counts for itself; so far some of what they
// hold was counted.
func (b *inbox) admitAll(batch *batch, counted int) {
	b.freedBytes += int64(batch.overhead() - (batch.held - counted))
	for _, l := range batch.lanes {
		if batch.welcome && !b.cancelled {
			b.admit(l)
			continue
		}
		for _, d := range l.queue {
			b.unqueue(d)
			d.reuse(true)
		}
	}
	batch.release()
	b.dispatch()
}
