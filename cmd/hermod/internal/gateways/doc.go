// Package gateways reads the list of a connector's gateways. A line has a gateway's id and the file of its secret;
// further files on the line have older secrets, which are valid too. Paths are relative to the list's folder. Empty
// lines are skipped, and those that begin with #:
//
//	# the bots of the shop
//	support secrets/support
//	alerts  secrets/alerts secrets/alerts.old
//
// All mistakes are reported at once, each with its line and what to do, and none shows a secret or a secret's path: the
// secret itself may stand there. The package imports cli and wire, and is imported by the command.
package gateways
