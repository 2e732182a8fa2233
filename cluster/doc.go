// Package cluster has several processes share bots, each of which runs on exactly one of them.
//
// A [Node] is a member of a cluster as long as it holds a lease in etcd. Each bot has a claim there, which hangs on the
// lease of the node that runs it: membership, placement and ownership are one record, and where a bot is routed is who
// owns it. A bot is a virtual actor of Proto.Actor's cluster whose identity is the bot's name; [Node.Call] reaches it
// from every node. Whoever runs the bots, an embedding gateway or the daemon, implements [Host].
//
//	etcd:  bots (what there is to be)   members (lease)   claims (lease, epoch)
//	          │ watched by every node        │                 │
//	          ▼                              ▼                 ▼
//	Node ── keeper: one goroutine, the rules of package ownership, targets of package placement
//	 │         └── grain/<bot>: starts, changes, stops and asks what Host runs for it
//	 └── fence: opens the bots' connections, and shuts all of them when the lease is not certain
//
// What holds, for bots whose connections come from [Node.Dial] and whose other effects ask [Node.MayAct] before:
//
//   - No two nodes act for a bot at the same time. A node that cannot renew its lease has shut the bots' connections
//     before the lease can end, also on a machine that was suspended; nobody starts a bot whose claim stands.
//   - A bot's epoch is higher than that of everybody who ran it before.
//   - A node whose lease was lost comes back by itself, after everything that it ran has ended.
//   - A call gets an answer or a [CallError] that says whether it may have been carried out, within its deadline.
//
// It may be imported by programs only; the engine does not know of it. README.md says when to use it and what failures
// cost.
package cluster
