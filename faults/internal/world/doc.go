// Package world is one set of processes of the lab with the links between them: a connector, a daemon, a gateway that
// embeds the engine, a gateway behind the daemon, a receiver, and the daemon's subprocess. It plays schedules one after
// the other. The processes go on from one to the next, with new sessions each time.
//
// As root a world runs in namespaces of its own for the network, mounts and processes: its packets can be lost, its
// disks are file systems on loop devices, and all of it ends with the world's process. Without root it has neither, and
// the steps that need them are counted as not run.
package world
