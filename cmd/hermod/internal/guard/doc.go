// Package guard decides who may use the daemon's HTTP server: whoever shows the bearer token or, without one, programs of
// this machine. Web pages of other origins never may.
package guard
