package campaign

import (
	"context"
	"fmt"
	"io"
	"sync"
	"time"

	"hermod/faults/internal/schedule"
	"hermod/faults/internal/world"
)

// Options say what is played, by which programs.
type Options struct {
	// Lab is the lab's own program. Players is the same and Hermod the daemon's, both built with what is Replaced: files
	// by others' contents.
	Lab, Players, Hermod string
	Replaced             map[string]string
	// Work is a folder for the worlds, Keep one for what fails.
	Work, Keep string
	// Isolated says that worlds can have namespaces.
	Isolated bool
	// Worlds are played in side by side, and Clusters more that have a cluster.
	Worlds, Clusters int
	// Seed is that of the first schedule. At most Schedules are played, and none begun after For, if that is not zero.
	Seed      uint64
	Schedules int
	For       time.Duration
	// StopAtFirst ends the campaign at the first violation.
	StopAtFirst bool
	// Progress gets a line now and then.
	Progress io.Writer
}

// Failed is a schedule that broke a promise.
type Failed struct {
	Schedule schedule.Schedule
	Result   world.Result
}

// Run plays the campaign.
func Run(ctx context.Context, o Options) *Table {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if o.For > 0 {
		until := time.AfterFunc(o.For, cancel)
		defer until.Stop()
	}
	seeds := []chan uint64{make(chan uint64)}
	if o.Worlds > 1 { // so that no world has to be made anew for the next schedule
		seeds = append(seeds, make(chan uint64))
	}
	for kind, some := range seeds {
		go func() {
			defer close(some)
			for seed := o.Seed; seed < o.Seed+uint64(o.Schedules); seed++ {
				if int(seed%uint64(len(seeds))) != kind {
					continue
				}
				select {
				case some <- seed:
				case <-ctx.Done():
					return
				}
			}
		}()
	}
	results := make(chan Failed)
	var worlds sync.WaitGroup
	for i := range o.Worlds + o.Clusters {
		generate := schedule.Generate
		if i >= o.Worlds {
			generate = schedule.GenerateCluster
		}
		worlds.Go(func() {
			k := &worker{name: fmt.Sprintf("world-%d", i), options: o}
			defer k.stop()
			for seed := range seeds[i%len(seeds)] {
				s := generate(seed)
				results <- Failed{s, k.play(s)}
			}
		})
	}
	go func() {
		worlds.Wait()
		close(results)
	}()
	t := newTable()
	for r := range results {
		t.add(r.Schedule, r.Result)
		t.progress(o.Progress)
		if len(t.Failed) > 0 && o.StopAtFirst {
			cancel()
		}
	}
	t.Took = time.Since(t.began)
	return t
}
