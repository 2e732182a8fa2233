// Command baselines runs the clients whose libraries the engine does not need. It is a worker as hermod/bench/workload
// describes it: one Spec on standard input, one Result on standard output. It is a module of its own, so that the
// engine does not depend on these libraries.
//
// The clients share a session, which has the duties: correlation by a locked map, a timeout for each request, typed
// events and results, a handler call for each event, acknowledgements. They differ in the library that carries the
// messages, and in the decoder. None reconnects or has lanes: a slow handler delays all chats.
package main
