package actors

import "hermod/wire"

// gatherAcks takes the acknowledgements that came before the message at hand. Those that come behind a close frame, or
// cannot be written, are dropped.
func (w *writer) gatherAcks() {
	for a := w.writer.acks.take(); a != nil; a = a.next {
		if w.closing || w.broken != nil {
			return
		}
		w.scratch = wire.AppendInboundAck(w.scratch[:0], a.bufferID)
		w.text(w.scratch)
		w.counters.Acks.Add(1)
		w.acks++
		w.judgeBound()
	}
	if cap(w.scratch) > keptBuffer {
		w.scratch = nil
	}
}
