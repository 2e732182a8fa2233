package actors

import "runtime"

// intake is where batches wait from their reading until their deliveries are in their lanes. Large ones are decoded by
// goroutines, side by side, and leave in the order in which they came.
type intake struct {
	batches  []*batch
	work     chan *batch // to the decoders, created at the first large batch
	assigned int         // how many of batches were put into work
	decoders int         // goroutines that decode
}

// decodeAtOnce is the size of a batch up to which a goroutine of its own costs more than it brings.
const decodeAtOnce = 16 << 10

// maxDecoders is how many goroutines of one relay decode at once.
var maxDecoders = runtime.GOMAXPROCS(0)

// take puts what was read into lanes: at once if it is little, else when it is decoded. The counters of what is queued
// were raised by the reader.
func (b *inbox) take(batch *batch) {
	batch.welcome = !b.draining
	if len(b.intake.batches) == 0 && batch.size <= decodeAtOnce {
		batch.decode(b.cfg, b.counters, b.blank)
		b.admitAll(batch)
		return
	}
	b.intake.batches = append(b.intake.batches, batch)
	b.assign()
}

// assign gives the decoders what they have room for, and starts those that are missing.
func (b *inbox) assign() {
	in := &b.intake
	if in.work == nil {
		in.work = make(chan *batch, maxDecoders)
	}
	for in.assigned < len(in.batches) && len(in.work) < cap(in.work) {
		in.work <- in.batches[in.assigned]
		in.assigned++
	}
	for in.decoders < min(maxDecoders, len(in.work)) {
		in.decoders++
		go b.decodeAll(in.work)
	}
}

// decodeAll decodes batches until there is none. Its last word says that it has ended, so that a batch that comes
// meanwhile finds another decoder.
func (b *inbox) decodeAll(work <-chan *batch) {
	defer b.self.Tell(&decoderEnded{})
	var yielder yielder
	for {
		select {
		case batch := <-work:
			batch.decode(b.cfg, b.counters, b.blank)
			b.self.Tell(&batchDecoded{batch: batch})
			yielder.yield() // what is handled soon is still in the cache, and seen by no garbage collection
		default:
			return
		}
	}
}

func (b *inbox) decoderEnded() {
	b.intake.decoders--
	b.assign()
}

// decoded admits every batch up to the first that is still being decoded.
func (b *inbox) decoded(batch *batch) {
	in := &b.intake
	batch.decoded = true
	b.assign()
	for len(in.batches) > 0 && in.batches[0].decoded {
		b.admitAll(in.batches[0])
		in.batches[0] = nil
		in.batches = in.batches[1:]
		in.assigned--
	}
}

func (b *inbox) admitAll(batch *batch) {
	for _, l := range batch.lanes {
		if batch.welcome && !b.cancelled {
			b.admit(l)
			continue
		}
		for _, d := range l.queue {
			b.unqueue(d)
			d.reuse()
		}
	}
	batch.release()
	b.dispatch()
}
