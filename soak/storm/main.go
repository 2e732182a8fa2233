package main

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"

	"hermod/soak/chart"
)

// The environment variable that makes the program one of its workers.
const workerVariable = "HERMOD_STORM_WORKER"

// options are what the command line says.
type options struct {
	relays int
	tls    bool
	kinds  string
	out    string
}

func main() {
	var err error
	switch os.Getenv(workerVariable) {
	case "relays":
		err = beRelays(os.Stdin, os.Stdout)
	case "connector":
		err = beConnector(os.Stdin, os.Stdout)
	default:
		err = command()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "storm:", err)
		os.Exit(1)
	}
}

// check says what to correct, before anything is played.
func (o options) check() error {
	if o.relays < 1 {
		return fmt.Errorf("-relays %d: a storm takes one at least", o.relays)
	}
	for kind := range strings.SplitSeq(o.kinds, ",") {
		if _, known := storms[kind]; !known {
			return fmt.Errorf("-kinds: %q is none; use restart, later, unprovisioned and flap", kind)
		}
	}
	return nil
}

func command() error {
	var o options
	flag.IntVar(&o.relays, "relays", 10000, "how many `RELAYS`; each takes a file of either process")
	flag.BoolVar(&o.tls, "tls", false, "dial wss")
	flag.StringVar(&o.kinds, "kinds", "restart,later,unprovisioned,flap", "which storms, with commas between them")
	flag.StringVar(&o.out, "out", "bin/storm", "write the pictures into this `FOLDER`")
	flag.Parse()
	if err := o.check(); err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := os.MkdirAll(o.out, 0o755); err != nil {
		return err
	}
	picture := chart.Picture{Title: fmt.Sprintf("%d relays come back to a connector over %s", o.relays, o.scheme()),
		Notes: []string{"blue: measured; orange: the rules of package supervisor, if dialling took no time"}}
	failed := 0
	for kind := range strings.SplitSeq(o.kinds, ",") {
		s := storms[kind]
		m, err := run(ctx, o, s)
		if err != nil {
			return fmt.Errorf("%s: %w", kind, err)
		}
		r := compare(o, s, m)
		r.print(os.Stdout)
		picture.Panels = append(picture.Panels, r.panels()...)
		failed += len(r.faults)
	}
	name := fmt.Sprintf("storm-%d-%s.svg", o.relays, o.scheme())
	if err := picture.Write(filepath.Join(o.out, name)); err != nil {
		return err
	}
	if failed > 0 {
		return fmt.Errorf("%d promises were broken", failed)
	}
	return nil
}

func (o options) scheme() string { return cmp.Or(map[bool]string{true: "wss"}[o.tls], "ws") }
