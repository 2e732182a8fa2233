// Package keypair keeps the certificate of a TLS server as its files have it: they are looked at when a client
// connects, at most once a second, so a renewed certificate counts without a restart. If what is new cannot be used,
// what was there before stays in use, and the log says why. TLS is 1.2 or newer. With authorities for clients, a client
// must show a certificate of one of them.
//
// The package imports cli, and is imported by the command.
package keypair
