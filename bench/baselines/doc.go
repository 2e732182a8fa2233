// Command baselines runs the clients that the engine is measured against and whose libraries the engine does not need. It
// is a worker as hermod/bench/workload describes it: one Spec on standard input, one Result on standard output. It is a
// module of its own, so that nobody who uses the engine gets these libraries.
//
// The clients share a session, which has the duties: correlation by a locked map, a timeout for each request, typed events
// and results, a handler call for each event, acknowledgements. They differ in the library that carries the messages, and
// in the decoder. None reconnects or has lanes: a slow handler holds up all.
package main
