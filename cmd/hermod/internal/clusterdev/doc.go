// Package clusterdev lets people try a cluster out on one machine: its processes share a folder and an etcd on
// loopback, which one of them runs.
//
//	dev, err := clusterdev.Start(ctx, folder, log)
//	…
//	defer dev.Close()
//	daemon.Run(ctx, daemon.Options{Cluster: dev.File(), …})
//
// The etcd is the program of that name, found in the PATH; it ends with the process that runs it, and then another
// process runs it on, from the same folder. There is neither TLS nor a password, so everybody who can log in to the
// machine can reach it: it is for trying out only.
package clusterdev
