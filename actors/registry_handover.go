package actors

// maxHandover is how many requests are handed over at the latest. A connector that has some of them already works
// while the rest are on their way; more at once would save no system call worth that.
const maxHandover = 16

// handOver gives the writer what was admitted, when no more requests are on their way. With several in flight it yields
// once, so that callers which are about to send do, and all their frames share a message and a system call.
func (r *registry) handOver() {
	if r.admitted == nil || r.more() {
		return
	}
	if len(r.pending) > 2 && len(r.admitted.ends) < maxHandover && r.yielder.yield() && r.more() {
		return
	}
	r.handOverNow()
}

// more says that a request is on its way, and the message has room for it.
func (r *registry) more() bool {
	return r.counters.arriving.Load() > 0 && len(r.admitted.ends) < maxHandover
}

func (r *registry) handOverNow() {
	if r.admitted != nil {
		r.writer.Tell(r.admitted)
		r.admitted = nil
	}
}

// tellWriter sends any other frame, behind the requests that came before it.
func (r *registry) tellWriter(m toWriter) {
	r.handOverNow()
	r.writer.Tell(m)
}
