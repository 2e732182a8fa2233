package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"

	"hermod/soak/process"
)

// worker is one of the processes.
type worker struct {
	command *exec.Cmd
	output  io.Reader

	address string       // of a connector
	events  <-chan event // of relays
	seen    []event
	ready   int
}

func (o order) start(ctx context.Context, what string) (*worker, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	w := &worker{command: exec.CommandContext(ctx, self)}
	w.command.Env = append(os.Environ(), workerVariable+"="+what)
	w.command.Stderr = os.Stderr
	process.EndWithParent(w.command)
	input, err := w.command.StdinPipe()
	if err != nil {
		return nil, err
	}
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

// collect takes events for so long.
func (w *worker) collect(length time.Duration) {
	for then := time.After(length); ; {
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

// since returns the events from that time on, with times since it.
func (w *worker) since(begin time.Time) (events []event) {
	for _, e := range w.seen {
		if !e.at.Before(begin) {
			e.at = time.Time{}.Add(e.at.Sub(begin))
			events = append(events, e)
		}
	}
	return events
}
