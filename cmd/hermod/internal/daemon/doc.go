// Package daemon wires the daemon: the configuration, the fleet, the HTTP server, signals, the file watch and systemd.
package daemon
