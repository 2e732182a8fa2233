// Package keypair keeps the certificate of a TLS server as its files have it: they are looked at when a client
// connects, at most once a second, so a renewed certificate counts without a restart. If what is new cannot be used,
// what was there before stays in use, and the log says why. With authorities for clients, a client must show a
// certificate of one of them.
//
// Trial makes a certificate for trying out.
//
// The settings of every TLS server are here too: the connector's, which a Source keeps, and the daemon's, whose files
// are read again together with its configuration.
//
// The package imports cli, and is imported by the command, config and daemon.
package keypair
