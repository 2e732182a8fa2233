package actors

import "github.com/asynkron/protoactor-go/actor"

// Parent is an actor of a program that is built on Proto.Actor itself, for relays to live under. Its methods may be
// called from any goroutine.
type Parent interface {
	// Hold returns the actor and keeps it active until Release; nil when it has stopped. A relay holds its parent while it
	// is not at rest.
	Hold() *actor.PID
	// Release ends a Hold.
	Release()
}

// always is a parent that is an actor all the time.
type always struct{ pid *actor.PID }

// Hold implements Parent.
func (a always) Hold() *actor.PID { return a.pid }

// Release implements Parent.
func (always) Release() {}
