// Package passive has actors that weigh little at rest. One of them passivates when it has nothing to do and nobody
// holds it: its mailbox, its context and its place in the framework's registry go, and what it knows stays. The next
// message activates it again, on the sender's goroutine. No message is lost, and those of one sender stay in order.
//
// The actor's owner keeps an [Actor], usually in a [Ref], with an [Activator] that spawns it with the [Mailbox] that it
// is given, under supervisor.SpawnUnder. Its parent adopts it when it stops itself ([Ref.Adopt]), and stays active while
// it has children that are: a child holds its parent when it is activated, and releases it when it has passivated or its
// end has reached the parent.
package passive
