// Package ownership is what a node of a cluster may do with bots, and when: the rules of lease, epoch and fence as a
// state machine without clocks, goroutines or networks. Events go in as calls of a [Node]'s methods, and
// [Node.Commands] takes out what is to be done.
//
//	joining ──lease──▶ member ──the time is up, or the lease is gone──▶ cutting ──nothing runs──▶ joining
//	                      └──Leave──▶ leaving ──nothing runs──▶ left
//
// A bot of a member:
//
//	claiming ──the store says it is ours──▶ running ──▶ stopping ──nothing of it runs──▶ releasing ──▶ gone
//
// The rules:
//
//   - A renewal that was sent at t makes the node a member until t + lease − margin, on a clock that goes on while the
//     machine is suspended. The store counts from when it received the renewal, which is later.
//   - A bot is started only when the store has said that its claim stands, under the lease that the node holds now, and
//     only before that moment. The claim's revision is the bot's epoch: whoever runs it later has a higher one.
//   - At that moment everything is cut. The margin is what cutting may take. Nothing is claimed before all of it ended.
//   - A claim is given back only when nothing of the bot runs. Until then nobody else starts it.
//   - A request whose answer was lost is asked again, never assumed.
package ownership
