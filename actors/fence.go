package actors

import "sync/atomic"

// fence is a message to every actor that the reader tells something. When all of them have received it, nothing that
// was told before is left in a mailbox.
type fence struct {
	forRegistry
	forInbox
	forLink
	forRelay
	forWriter
	quiet
	missing atomic.Int32
	passed  chan struct{} // has room for the one value
}

// pass says that a recipient has received the fence.
func (f *fence) pass() {
	if f.missing.Add(-1) == 0 {
		f.passed <- struct{}{}
	}
}
