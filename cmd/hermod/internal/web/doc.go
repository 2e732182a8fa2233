// Package web is what the daemon's HTTP servers and clients share: how a body is answered, and how an error is shown
// without its URL. Functions are safe for concurrent use.
package web
