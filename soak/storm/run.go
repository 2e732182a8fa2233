package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"hermod/soak/process"
)

// measured is what happened: the events since the connector went away, or since the relays were new.
type measured struct {
	events []event
	phases []phase // as they were: a connector takes a moment to start
	over   bool    // the relays were not all ready in time
}

// patience is how long the relays may take in all.
const patience = 3 * time.Minute

// run plays a storm.
func run(ctx context.Context, o options, s storm) (m measured, err error) {
	ctx, stop := context.WithTimeout(ctx, 2*patience)
	defer stop()
	folder, err := os.MkdirTemp("", "hermod-storm-")
	if err != nil {
		return m, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	told := order{Relays: o.relays, Secret: rand.Text(), URL: "127.0.0.1:0", DataDir: filepath.Join(folder, "connector")}
	if o.tls {
		if told.Roots, told.Key, err = selfSigned(); err != nil {
			return m, err
		}
	}
	first := serves
	if s.isNew {
		first = s.phases[0].connector
	}
	conn, err := told.connector(ctx, first)
	if err != nil {
		return m, err
	}
	defer func() { conn.kill() }()
	told.URL = conn.address
	relays, err := told.relays(ctx, o.scheme())
	if err != nil {
		return m, err
	}
	defer relays.kill()
	var begin time.Time
	if s.isNew {
		begin = relays.first(ctx)
	} else {
		if err := relays.await(ctx, o.relays); err != nil {
			return m, err
		}
		begin = time.Now()
		conn.kill()
	}
	for i, p := range s.phases {
		if i > 0 {
			conn.kill()
			if p.connector != away {
				m.phases = append(m.phases, phase{away, time.Since(begin)})
				if conn, err = told.connector(ctx, p.connector); err != nil {
					return m, err
				}
				m.phases[len(m.phases)-1].until = time.Since(begin)
			}
		}
		m.phases = append(m.phases, p)
		if p.until > 0 {
			relays.collect(time.After(time.Until(begin.Add(p.until))))
			m.phases[len(m.phases)-1].until = time.Since(begin)
		}
	}
	m.over = relays.await(ctx, o.relays) != nil
	relays.collect(time.After(2 * time.Second)) // nobody leaves again
	for _, e := range relays.seen {
		if !e.at.Before(begin) {
			e.at = time.Time{}.Add(e.at.Sub(begin))
			m.events = append(m.events, e)
		}
	}
	return m, nil
}

// worker is one of the processes.
type worker struct {
	command *exec.Cmd
	output  io.Reader
	input   io.Closer

	address string       // of a connector
	events  <-chan event // of relays
	seen    []event
	ready   int
}

func (o order) start(ctx context.Context, what string) (*worker, error) {
	w := &worker{command: exec.CommandContext(ctx, os.Args[0])}
	w.command.Env = append(os.Environ(), workerVariable+"="+what)
	w.command.Stderr = os.Stderr
	process.EndWithParent(w.command)
	input, err := w.command.StdinPipe()
	if err != nil {
		return nil, err
	}
	w.input = input
	if w.output, err = w.command.StdoutPipe(); err != nil {
		return nil, err
	}
	if err := w.command.Start(); err != nil {
		return nil, err
	}
	return w, json.NewEncoder(input).Encode(o)
}

func (w *worker) kill() {
	_ = w.command.Process.Kill()
	_ = w.command.Wait()
}

// connector starts one and waits until it listens.
func (o order) connector(ctx context.Context, phase string) (*worker, error) {
	o.Phase = phase
	w, err := o.start(ctx, "connector")
	if err != nil {
		return nil, err
	}
	line, err := bufio.NewReader(w.output).ReadString('\n')
	if err != nil {
		w.kill()
		return nil, fmt.Errorf("the connector does not listen: %w", err)
	}
	w.address = strings.TrimSpace(line)
	return w, nil
}

// relays starts the relays, which dial at once.
func (o order) relays(ctx context.Context, scheme string) (*worker, error) {
	o.URL, o.Key = scheme+"://"+o.URL, ""
	w, err := o.start(ctx, "relays")
	if err != nil {
		return nil, err
	}
	events := make(chan event, 1<<16)
	w.events = events
	go func() {
		defer close(events)
		lines := bufio.NewScanner(w.output)
		for lines.Scan() {
			var e event
			var at int64
			if _, err := fmt.Sscanf(lines.Text(), "%c %d %d", &e.what, &e.relay, &at); err == nil {
				e.at = time.Unix(0, at)
				events <- e
			}
		}
	}()
	return w, nil
}

// await takes events until so many relays are ready.
func (w *worker) await(ctx context.Context, relays int) error {
	limit := time.After(patience)
	for w.ready < relays {
		select {
		case e, ok := <-w.events:
			if !ok {
				return errors.New("the relays have ended")
			}
			w.take(e)
		case <-limit:
			return fmt.Errorf("%d of %d relays are ready after %v", w.ready, relays, patience)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// first returns when the relays began to dial.
func (w *worker) first(ctx context.Context) time.Time {
	select {
	case e := <-w.events:
		w.take(e)
		return e.at
	case <-ctx.Done():
		return time.Now()
	}
}

// collect takes events until then.
func (w *worker) collect(then <-chan time.Time) {
	for {
		select {
		case e, ok := <-w.events:
			if !ok {
				return
			}
			w.take(e)
		case <-then:
			return
		}
	}
}

func (w *worker) take(e event) {
	w.seen = append(w.seen, e)
	switch e.what {
	case isReady:
		w.ready++
	case isLost:
		w.ready--
	}
}
