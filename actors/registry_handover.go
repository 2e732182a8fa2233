package actors

// maxHandover is how many requests are handed over at the latest. A connector that has some of them already works
// while the rest are on their way; more at once would save no system call worth that.
const maxHandover = 64

// handOver gives the writer what was admitted.
func (r *registry) handOver() {
	if r.admitted != nil {
		r.counters.pending.Store(int32(len(r.pending))) // before a result can come
		r.writer.Tell(r.admitted)
		r.admitted = nil
	}
}

// tellWriter sends any other frame, behind the requests that came before it.
func (r *registry) tellWriter(m toWriter) {
	r.handOver()
	r.writer.Tell(m)
}
