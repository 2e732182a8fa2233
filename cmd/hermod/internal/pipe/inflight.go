package pipe

import "context"

// inFlight bounds how many things run at once. One goroutine can wait for all of them to end.
type inFlight struct {
	slots chan struct{} // a token for each
	over  chan struct{} // closed when nothing may begin any more
	taken int           // tokens that wait has taken
}

func newInFlight(limit int) *inFlight {
	return &inFlight{slots: make(chan struct{}, limit), over: make(chan struct{})}
}

// begin waits for a slot; false means that nothing may start any more.
func (f *inFlight) begin() bool {
	select {
	case <-f.over:
		return false
	default:
	}
	select {
	case f.slots <- struct{}{}:
		return true
	case <-f.over:
		return false
	}
}

func (f *inFlight) end() { <-f.slots }

// refuse stops anything further from starting.
func (f *inFlight) refuse() { close(f.over) }

// wait returns when nothing is in flight after refuse, or one of the contexts has ended. It may be
// called again, by the same goroutine.
func (f *inFlight) wait(ctx, other context.Context) {
	for f.taken < cap(f.slots) {
		select {
		case f.slots <- struct{}{}:
			f.taken++
		case <-ctx.Done():
			return
		case <-other.Done():
			return
		}
	}
}
