// Package mailbox is the mailbox of an actor whose senders may lend it their goroutine: what they send is then
// processed on it, at once, where another goroutine would have to be woken. It knows no actor.
//
//	box := mailbox.New[worker](start)
//	props := actor.PropsFromProducer(producer, actor.WithMailbox(box.Producer()))
//
// A message that implements Lending says who lends. While the actor receives, Lent tells it on whose goroutine it is.
// By Shorten the actor has its most frequent messages come past the framework, in their order among the others.
// A mailbox has no bound of its own and takes no lock. Messages of one sender come in the order in which they were
// sent.
//
// Imported by hermod/actors only.
package mailbox
