// Package access decides what a client of the daemon's HTTP server may do, and keeps account of it.
//
// A [Register] holds the tokens of one listener and recognises a client by the one that it shows. The [Caller] that it
// returns has roles, perhaps limited to some bots, and travels in the request's context. [Control.Route] stands in
// front of each route and lets through who has the role. It writes a line for each call that steers, and counts what is
// refused. Tokens appear in nothing that the package says.
//
// A token that is taken out of the register ends the requests that it was shown for, streams included; others go on.
//
// An address that shows many wrong tokens is answered 429 for a while: meanwhile only tokens that were right before,
// shown from there, are looked at, so that a stranger behind the same address locks nobody out.
//
// Everything is safe for concurrent use, and bounded whatever clients send.
package access
