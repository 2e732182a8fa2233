// Command faults is a laboratory that finds out whether Hermod keeps its promises when processes are killed, networks
// break and disks fill up. It starts a connector, a daemon and gateways as real processes with real sockets between
// them, plays random schedules of traffic and faults, and holds the journals of both sides against each other. The
// README says how to use it.
//
// It is a module of its own, so that what it needs does not become a dependency of Hermod. Its rooms, from the top
// down:
//
//	planted    faults in the product, which the lab must find
//	campaign   many schedules, in several worlds
//	world      the processes and what is done to them
//	judge      what the journals say, against the promises
//	schedule   what is done, by a seed
//	link role  a connection with faults; the processes
//	journal    what they write down
package main
