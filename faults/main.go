package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"hermod/faults/internal/campaign"
	"hermod/faults/internal/planted"
	"hermod/faults/internal/role"
	"hermod/faults/internal/world"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "faults:", err)
		os.Exit(1)
	}
}

// run is the lab, or one of its processes, which are the same program.
func run() error {
	if len(os.Args) == 3 {
		switch os.Args[1] {
		case "role":
			return role.Run(os.Args[2])
		case "world":
			return world.Serve(os.Args[2], os.Stdin, os.Stdout)
		}
	}
	var o campaign.Options
	flag.IntVar(&o.Schedules, "n", 2000, "play `N` schedules")
	flag.Uint64Var(&o.Seed, "seed", uint64(time.Now().UnixNano()), "`seed` of the first schedule; the next ones count on")
	flag.DurationVar(&o.For, "for", 0, "begin no schedule after this `time`; 0 is no limit")
	flag.IntVar(&o.Worlds, "worlds", 8, "play in `N` worlds side by side")
	flag.IntVar(&o.Clusters, "clusters", 0, "and in `N` more, each with a cluster of three nodes; they need etcd")
	flag.StringVar(&o.Keep, "keep", "../bin/faults", "`folder` for what fails")
	file := flag.String("replay", "", "play the schedule of a `file` again, up to -n times, until it fails")
	plant := flag.String("planted", "", "plant the faults in the product whose names match a `pattern`, and see whether each is found")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if *plant != "" {
		return planted.Main(ctx, o, *plant, os.Stdout)
	}
	return campaign.Main(ctx, o, *file)
}
