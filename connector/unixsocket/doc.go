// Package unixsocket listens at unix sockets so that a mode says who may connect, from the first moment on. One that a
// dead process left is replaced in one step; whoever listens at the path, and a file that is no socket, stays. At its
// end a listener takes its socket away, unless another took its place.
//
// The package imports the standard library only, and is imported by whatever listens.
package unixsocket
