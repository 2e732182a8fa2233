// Package api is the daemon's HTTP API: bots are resources, what they receive is a stream, and what they do are
// actions. openapi.json describes it, and the tests check every answer against that description. README.md in this
// folder is the manual.
//
// Errors are problem details (RFC 9457) that say what to do. Packages guard and access stand in front of the API: the
// role of each operation is the one that openapi.json names, and no answer allows another origin.
package api
