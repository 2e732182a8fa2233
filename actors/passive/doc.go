// Package passive has what weighs little at rest.
//
// An actor of it passivates when it has nothing to do and nobody holds it: its mailbox, its context and its place in
// the framework's registry go, and what it knows stays. The next message activates it again, on the sender's goroutine.
// No message is lost, and those of one sender stay in order.
//
// The actor's owner keeps a [Ref], whose [Activator] spawns the actor with the [Mailbox] that it is given, under
// supervisor.SpawnUnder. Its parent adopts it when it stops itself ([Ref.Adopt]), and stays active while it has
// children that are: a child holds its parent when it is activated, and releases it when it has passivated or its end
// has reached the parent.
//
// Whoever has nothing better to do than to have the actor receive lends it his goroutine ([Ref.Lend]), so that no other
// is woken.
//
// A [Signal] is a channel that is there only while somebody waits for it.
package passive
