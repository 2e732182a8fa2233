// Package limit bounds what clients hold of an HTTP server: how many connections they have, and how long each may take
// to send a request or to read an answer. The standard library's deadlines are for a whole request or answer, so they
// fit either short answers or streams; these fit both.
//
// What a client may take:
//
//	10 s   for the head of a request
//	30 s   for its body
//	30 s   for each 64 KiB of an answer, however long the whole takes
//	1 min  between requests
//
// No answer waits for a body that its handler did not read. At the bound of connections a new one takes the place of
// the one that has been without a complete request for the longest time, so clients that hold connections and ask for
// nothing keep nobody else out. None loses its place within 500 ms, so a burst of honest clients waits in the system's
// queue and is served whole. If all are in use for as long, the new connection is closed.
//
// A connection that a handler hijacks is its own from then on: it does not count, and has no deadlines.
//
// The package imports the standard library only, and is imported by whatever serves HTTP.
package limit
