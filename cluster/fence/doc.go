// Package fence keeps a node from acting after its lease may have ended.
//
// A [Fence] is open until a moment that its node's renewals move. Only while it is open does [Fence.Dial] open
// connections; once it is closed every connection that came from it is shut down, whoever holds it. Time is that of a
// clock that goes on while the machine is suspended.
//
// The shutdown is the kernel's, so it needs no actor, no handler and no free worker: readers find the end of the
// stream, writers an error, and the far side the end of the session.
package fence
