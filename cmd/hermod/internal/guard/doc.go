// Package guard stands in front of the daemon's HTTP server. It refuses web pages of other origins and, where no token
// is asked for, requests that are not addressed to this machine; package access decides about the rest.
package guard
