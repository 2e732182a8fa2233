// Package subprocess has the processes that the daemon starts end with it, and not by a terminal's Ctrl-C before it.
//
//	cmd := exec.Command("etcd")
//	subprocess.OwnGroup(cmd)
//	err := cmd.Start()
//	…
//	subprocess.Terminate(cmd) // then Kill, when that takes too long
//
// On Linux the kernel ends them when the daemon is killed; elsewhere only those that end with their standard input do.
package subprocess
