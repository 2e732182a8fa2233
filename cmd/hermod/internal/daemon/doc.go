// Package daemon is 'hermod run': it connects the configuration, the fleet, the HTTP server, the file watch and the
// service manager, from start to shutdown.
//
// One goroutine, that of [Run], decides. It handles signals and changed files one after the other, so a reload never
// overlaps with another one or with the shutdown. HTTP handlers see its decisions as immutable values.
package daemon
