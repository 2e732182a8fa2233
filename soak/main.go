package main

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/signal"
	"path/filepath"
	"time"
)

// options are what the command line says.
type options struct {
	length time.Duration
	bots   int
	rate   float64 // events a second, of all bots together
	out    string
	log    string
}

func main() {
	if len(os.Args) == 2 && os.Args[1] == asProcess {
		beProcess(os.Stdin, os.Stdout, func() bool { return rand.IntN(300) == 0 })
		return
	}
	var o options
	flag.DurationVar(&o.length, "for", 30*time.Minute, "run for this `TIME`, at least 1m")
	flag.IntVar(&o.bots, "bots", 1000, "run so many bots, at least 40")
	flag.Float64Var(&o.rate, "rate", 150, "send so many events a second")
	flag.StringVar(&o.out, "out", "bin/soak", "write the picture, the samples and the daemon's log into this `FOLDER`")
	flag.StringVar(&o.log, "log", "info", "`LEVEL` of the daemon's log")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "soak:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, o options) error {
	if o.length < time.Minute || o.bots < 40 || o.rate <= 0 {
		return fmt.Errorf("-for %v -bots %d -rate %v: at least 1m, 40 bots and some events", o.length, o.bots, o.rate)
	}
	if err := os.MkdirAll(o.out, 0o755); err != nil {
		return err
	}
	w, err := newWorld(ctx, o)
	if err != nil {
		return err
	}
	defer w.close()
	samples, err := w.live(ctx)
	if err != nil {
		return err
	}
	left := w.drain(ctx)
	v := judge(samples, o.length)
	v.print(os.Stdout, w, left)
	if err := v.picture(w).Write(filepath.Join(o.out, "soak.svg")); err != nil {
		return err
	}
	if err := writeSamples(filepath.Join(o.out, "samples.csv"), samples); err != nil {
		return err
	}
	switch {
	case left > 0:
		return fmt.Errorf("%d deliveries were left over", left)
	case v.grown > 0:
		return fmt.Errorf("%d of the figures grew", v.grown)
	}
	return nil
}
