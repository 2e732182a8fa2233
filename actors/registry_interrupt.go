package actors

// interrupt hands a frame to the writer, which says whether it took it. Until then the caller waits here, so that it
// gets its answer also from a writer that is gone.
func (r *registry) interrupt(m *sendInterrupt) {
	switch {
	case r.draining:
		m.reply <- &SendError{Reason: ErrClosed}
	case !r.connected():
		m.reply <- &SendError{Reason: ErrNotConnected}
	case len(r.interrupts) >= r.cfg.MaxPending:
		m.reply <- &SendError{Reason: ErrBusy, Detail: "too many interrupts in flight"}
	default:
		r.interrupts = append(r.interrupts, m.reply)
		r.tellWriter(&writeInterrupt{frame: m.frame})
	}
}

// interruptGathered answers the oldest caller: the writer takes interrupts in their order.
func (r *registry) interruptGathered(m *interruptGathered) {
	if m.generation != r.generation || len(r.interrupts) == 0 {
		return
	}
	r.interrupts[0] <- m.err
	if r.interrupts = r.interrupts[1:]; len(r.interrupts) == 0 {
		r.interrupts = nil
	}
}

// failInterrupts answers every caller that still waits.
func (r *registry) failInterrupts(reason error) {
	for _, reply := range r.interrupts {
		reply <- reason
	}
	r.interrupts = nil
}
