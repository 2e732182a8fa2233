// Package actors is the engine: the actors of a relay, and the façade that a gateway embeds.
//
//	engine                     one per process, or a child of the gateway's own actor system
//	└── relay/<bot>            one per platform bot: lifecycle, status, descriptors; supervises the link
//	    ├── registry           pending requests: request id → waiter, deadlines, go-idle
//	    ├── inbox              deliveries: lanes per session, handlers, acknowledgements, duplicates
//	    └── link               one connection: dials, says hello, supervises its two halves
//	        ├── reader         owns the read half: WebSocket → lines → frames → the actor that owns each
//	        └── writer         gathers what waits and writes it at once
//	dials                      beside the engine: gives the links their turns to dial
//	pinger                     beside the engine: asks all connections whether they live
//
// # Guarantees
//
// Every request resolves exactly once: with the connector's result, or with a failure that says whether the action may
// have been applied. None waits past its deadline, and none for a dead connection.
//
// A delivery is acknowledged only after its handler returned nil, at most once, and over the connection that brought
// it. Deliveries of one session come in order, one at a time; sessions do not wait for each other. Copies of a handled
// delivery are dropped.
//
// Memory is bounded by Config, whatever the connector sends. User code never runs on an actor nor in the reader, so a
// handler may wait for a send of its own, and a Logger may ask the relay that logs.
//
// # States
//
//	connecting → handshaking → ready → backoff → connecting …
//	ready → dormant → connecting
//	any → disabled (credential revoked) | failed (reconnecting is off) | closed (asked for)
//
// In one of the last three the relay has ended: no dial follows (Relay.Ended). It is done (Relay.Done) when its actors
// have stopped, which Close makes them, and its last handler has returned.
//
// # At rest
//
// A relay at rest is no actor at all, and no goroutine. What has nothing to do is not there: registry, inbox and writer
// are spawned at the first message to them, the reader at the end of its connection (onDemand). The first sender spawns
// the child, so nobody waits and no message is overtaken. A registry that is spawned late is told first of the
// connection that is open. The parent adopts the child before stopping, so it outlives its children.
//
// The relay and its link are passive: while a connection is open and nobody waits for anything, what they know stays,
// and the actors go. The next message activates them. A relay is active as long as its link, registry or inbox is, and
// a link as long as its reader or writer. One pinger of the engine keeps all connections alive, with one timer.
//
// Go's poller knows a plain socket only while somebody waits for it: what net and that poller keep of a socket weighs
// as much as the relay.
//
// One poller of the engine waits for the sockets, plain or below TLS, that bring little (Linux). Its goroutine reads
// what has come over one, has the inbox receive it and gives the socket back; then it runs the handlers, as long as
// those of that relay have been quick, so that no other goroutine has to be woken for an event that comes alone. When
// something there takes longer than a millisecond, another goroutine takes the poller over. While events come faster
// than every 60 microseconds, it rests for 50 to 100 between two looks, and so finds several at once. A reader's loop
// has a goroutine of its own, without a buffer while it waits, while its connection brings much or has to be held back;
// elsewhere always.
//
// A plain dial to an address has no goroutine either: the link connects without waiting and asks for the upgrade, and
// the poller goes on with the answer, the hellos and what is read then. A name, a proxy, TLS or a gateway's own Dial is
// waited for, on a goroutine.
//
// Configurations and descriptors that are the same are held once.
//
// # How the actors keep their word
//
// State belongs to one actor; nothing here is guarded by a lock. What blocks (dialling, the socket, handlers) runs on a
// goroutine that its actor started, and answers with a message. The end of a connection is a failure that its link
// raises, and package supervisor judges; the relay dials the next generation only when the last link is gone. Whatever
// belongs to a connection carries its generation, so that late results, closes and acknowledgements are dropped. Which
// generation is over is kept once, in what the actors of a relay share.
//
// The path of a delivery is frame, batch, delivery, lane, run: the loop sends the frames of one read to the inbox as
// one batch; the inbox decodes each into a delivery, puts it into the lane of its session, and gives the head of the
// lane to a handler in a run. Batches and ended runs pass by the framework, straight from mailbox to inbox, since its
// context and process are memory that each event of a quiet relay would have to fetch. The results of one read go to
// the registry as one message. A request is encoded by its caller, registered, and handed to the writer, which writes
// once for all that waits. These two hops are rarely one to another goroutine (gathering): whoever resolves results, or
// sends a request alone, runs the actor that it tells; so does who asks for a turn to dial, and the poller's goroutine
// for the link and the relay of a new connection. When many requests are in flight the registry runs behind their
// callers, and takes what all of them put into its queue.
//
// # Files
//
// Files are named after the actor that they belong to. From the façade down, each room uses only what is below it,
// which .ci/style checks:
//
//	relay relay_send relay_watch engine engine_status   the façade
//	engine_actor                                        the engine's actor
//	relay_*                                             the relay's
//	link link_dial link_upgrade link_abort               the link
//	reader*                                             the read half
//	inbox*                                              deliveries
//	registry*                                           requests
//	writer*                                             the write half
//	messages* fence                                     what they say to each other
//	shared requests link_conn descriptors bounds users  what they share
//	dials pinger                                        the engine's turns to dial, and its pings
//	config handlers relay_handle relay_request          what a gateway gives and gets
//	errors status log ref target ondemand clock behind yield answerer         tools
//
// Package passive has what passivates. internal/socket is below all of them and knows no actor.
package actors
