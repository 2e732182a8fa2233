// Package daemon is 'hermod run': it wires the configuration, the fleet, the HTTP server, the watch over the files, and
// the service manager, and keeps them in step from the first signal to the last.
//
// One goroutine, [Run]'s, decides: signals and changed files come to it one after the other, so that a reload never
// meets another one nor the end. What HTTP handlers see of its decisions is published as immutable values.
package daemon
