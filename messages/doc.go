// Package messages holds what Hermod's actors say to each other, one file per recipient.
//
// A message is data, sent as a pointer and never changed after it was sent; a []byte in it belongs to the recipient.
// Commands are imperative (Request, Cancel), events past tense (LinkOpened, DeliveriesRead). A message that belongs to
// one connection carries that connection's Generation: its recipient drops it when a newer one is there.
//
// Each recipient has a sealed interface (ToRegistry, ToWriter …), so that a reference to an actor takes only what that
// actor understands.
//
//	recipient  who it is
//	Engine     one per process: spawns and closes relays
//	Relay      one per bot: lifecycle, status, descriptors; dials a new link per generation
//	Registry   requests that wait for their result, deadlines
//	Inbox      deliveries: lanes, handlers, acknowledgements
//	Link       one connection: opens it, says hello, watches its keepalive
//	Reader     the read half of a connection
//	Writer     the write half
//
// A gateway built on Proto.Actor itself sends the messages of ToRelay to a relay that it spawned under its own parent.
// Replies travel over channels with room for one value, so that the sender of a reply never blocks.
//
// Imports hermod/wire only.
package messages
