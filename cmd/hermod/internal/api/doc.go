// Package api is the daemon's HTTP API: bots as resources, what they receive as a stream, and what they do as actions.
// openapi.json describes it, and the tests hold every answer against that description.
//
// Whatever is refused is answered with problem details (RFC 9457) that say what to do. The guard in front of it asks for
// the bearer token; no answer allows another origin.
package api
