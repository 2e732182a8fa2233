// Package guard decides who may use the daemon's HTTP server: clients with the bearer token or, if there is no token,
// programs on this machine. Web pages of other origins may not.
package guard
