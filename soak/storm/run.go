package main

import (
	"context"
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"time"
)

// measured is what happened: the events since the connector went away, or since the relays were new.
type measured struct {
	events []event
	phases []phase // as they were: a connector takes a moment to start
	over   bool    // the relays were not all ready in time
}

// patience is how long the relays may take in all.
const patience = 5 * time.Minute

// run plays a storm.
func run(ctx context.Context, o options, s storm) (m measured, err error) {
	ctx, stop := context.WithTimeout(ctx, 2*patience)
	defer stop()
	folder, err := os.MkdirTemp("", "hermod-storm-")
	if err != nil {
		return m, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	w := weather{storm: s, order: order{Relays: o.relays, Secret: rand.Text(), URL: "127.0.0.1:0",
		DataDir: filepath.Join(folder, "connector")}}
	if o.tls {
		if w.order.Roots, w.order.Key, err = selfSigned(); err != nil {
			return m, err
		}
	}
	defer w.end()
	if err := w.brew(ctx, o.scheme()); err != nil {
		return m, err
	}
	if err := w.rage(ctx); err != nil {
		return m, err
	}
	m = measured{phases: w.passed, over: w.relays.await(ctx, o.relays) != nil}
	w.relays.collect(2 * time.Second) // nobody leaves again
	m.events = w.relays.since(w.begin)
	return m, nil
}

// weather is a storm that is played.
type weather struct {
	storm
	order     order
	connector *worker
	relays    *worker
	begin     time.Time
	passed    []phase
}

// brew starts the relays, and kills their connector once all of them are ready; new ones it meets with the first phase.
func (w *weather) brew(ctx context.Context, scheme string) (err error) {
	first := serves
	if w.isNew {
		first = w.phases[0].connector
	}
	if err = w.serve(ctx, first); err != nil {
		return err
	}
	w.order.URL = w.connector.address
	if w.relays, err = w.order.relays(ctx, scheme); err != nil {
		return err
	}
	if w.isNew {
		w.begin = w.relays.first(ctx)
		return nil
	}
	if err := w.relays.await(ctx, w.order.Relays); err != nil {
		return err
	}
	w.begin = time.Now()
	w.connector.kill()
	return nil
}

// rage plays the phases, and notes how long each was.
func (w *weather) rage(ctx context.Context) error {
	for i, p := range w.phases {
		if i > 0 {
			w.connector.kill()
			if err := w.serve(ctx, p.connector); err != nil {
				return err
			}
			w.passed = append(w.passed, phase{away, time.Since(w.begin)})
		}
		if p.until > 0 {
			w.relays.collect(time.Until(w.begin.Add(p.until)))
			p.until = time.Since(w.begin)
		}
		w.passed = append(w.passed, p)
	}
	return nil
}

// serve has a connector listen, as the phase says.
func (w *weather) serve(ctx context.Context, phase string) error {
	next, err := w.order.connector(ctx, phase)
	if err == nil {
		w.connector = next
	}
	return err
}

func (w *weather) end() {
	for _, worker := range []*worker{w.relays, w.connector} {
		if worker != nil {
			worker.kill()
		}
	}
}
