// Package workload is what the benchmark program measures: the load, and the clients under load.
//
// A run is two processes. The peer plays the connector: it listens, floods or answers each connection, and uses as
// little CPU as it can. The worker runs one client through one scenario and measures itself. Both take one Spec, as
// JSON on standard input, and print one Result, as a JSON line on standard output. The peer prints its Address first,
// serves until its standard input ends, and then prints its Result.
//
// Main runs both. The clients that need no dependency beyond the engine's live here; others register their Dial in a
// program of their own, and call Serve.
package workload
