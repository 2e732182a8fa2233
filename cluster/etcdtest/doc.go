// Package etcdtest starts a real etcd for tests, with TLS and authentication, in a temporary folder and on ports of its
// own. It needs the program etcd (Debian: etcd-server) in the PATH.
package etcdtest
