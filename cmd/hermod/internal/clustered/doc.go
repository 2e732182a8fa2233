// Package clustered makes a daemon a node of a cluster: it reads the cluster's file, runs in the daemon's fleet the
// bots that the node owns, and passes requests for other bots on to the nodes that run them.
//
// [Carrier] takes the connections of gateways that dial this node to the nodes that run their bots: bytes, of which it
// knows nothing but the head of the first request.
//
// One goroutine of [Host] brings what the node is to run to the daemon, and waits for what ends; package cluster
// decides what that is.
package clustered
