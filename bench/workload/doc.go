// Package workload does the work that the benchmark program measures: it is the load, and the clients under load.
//
// A run is two processes. The peer plays the connector: it listens, floods or answers whoever connects, and costs as little
// as it can. The worker runs one client through one scenario and measures itself. Both take one Spec, as JSON on standard
// input, and print one Result, as a JSON line on standard output. The peer prints its Address first, serves until its
// standard input ends, and then prints its Result.
//
// Main is the program of both. The clients that need no dependency beyond the engine's live here; others register their
// Dial in a program of their own, and call Serve.
package workload
