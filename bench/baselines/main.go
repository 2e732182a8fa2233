package main

import (
	"os"

	"hermod/bench/workload"
)

func main() {
	os.Exit(workload.Serve(clients(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

func clients() workload.Clients {
	return workload.Clients{
		workload.Gorilla:    workload.Full(dialGorilla),
		workload.Coder:      workload.Full(dialCoder),
		workload.GWS:        workload.Full(dialGWS),
		workload.NBIO:       nbioKind(nil, workload.Connect, workload.Idle, workload.Silence),
		workload.NBIODirect: nbioKind(onPoller),
	}
}
