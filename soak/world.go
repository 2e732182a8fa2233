package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"hermod/actors"
	"hermod/connector"
	"hermod/wire"
)

// world is all that the daemon has to do with: its connector, receivers, clients and gateways.
type world struct {
	options
	folder    string
	secret    wire.Secret // of bots and gateways
	connector *connector.Connector
	receiver  *receiver
	daemon    *daemon
	engine    *actors.Engine // of the gateways behind the daemon
	behind    []*actors.Relay
	client    *http.Client // of the daemon's API

	// What was done, for the report.
	sent, requests, failed, handled, cuts, reloads atomic.Int64
}

func newWorld(ctx context.Context, o options) (w *world, err error) {
	w = &world{options: o, secret: wire.Secret(rand.Text())}
	defer func() {
		if err != nil {
			w.close()
		}
	}()
	if w.folder, err = os.MkdirTemp("", "hermod-soak-"); err != nil {
		return w, err
	}
	if w.receiver, err = startReceiver(w); err != nil {
		return w, err
	}
	gateways := map[string][]wire.Secret{}
	for i := range o.bots {
		gateways[botName(i)] = []wire.Secret{w.secret}
	}
	cfg := connector.Config{DataDir: filepath.Join(w.folder, "connector"), Gateways: gateways}
	if w.connector, err = connector.Start(cfg); err != nil {
		return w, err
	}
	if err := w.configure(nil, 0); err != nil {
		return w, err
	}
	if w.daemon, err = startDaemon(ctx, w); err != nil {
		return w, err
	}
	w.client = &http.Client{Transport: authorized{w.daemon.token}}
	return w, w.startGateways()
}

// configure writes the daemon's configuration, without some bots.
func (w *world) configure(without func(i int) bool, version int) error {
	if without == nil {
		without = func(int) bool { return false }
	}
	text := configuration(w.options, w.connector.URL(), w.receiver.url, without, version)
	return os.WriteFile(filepath.Join(w.folder, "hermod.yaml"), []byte(text), 0o600)
}

// live lets everything happen for the length of the run, and samples the daemon.
func (w *world) live(ctx context.Context) ([]sample, error) {
	ctx, stop := context.WithTimeout(ctx, w.length)
	defer stop()
	var wg sync.WaitGroup
	defer wg.Wait()
	for _, work := range []func(context.Context){w.sendEvents, w.sendRequests, w.breakConnections, w.reload} {
		wg.Go(func() { work(ctx) })
	}
	for i := range w.bots {
		if wayOf(i) == byStream {
			wg.Go(func() { w.readStream(ctx, botName(i)) })
		}
	}
	return w.sampleUntil(ctx)
}

// drain waits until every delivery is acknowledged, a minute at most, and returns how many are not.
func (w *world) drain(ctx context.Context) (left int) {
	ctx, stop := context.WithTimeout(ctx, time.Minute)
	defer stop()
	var wg sync.WaitGroup
	defer wg.Wait()
	defer stop()
	for i := range w.bots {
		if wayOf(i) == byStream {
			wg.Go(func() { w.readStream(ctx, botName(i)) })
		}
	}
	for pause(ctx, time.Second/2) {
		left = 0
		for _, state := range w.connector.State() {
			left += state.Buffered + state.SetAside
		}
		if left == 0 {
			return 0
		}
	}
	return left
}

func (w *world) close() {
	ctx, stop := context.WithTimeout(context.Background(), 30*time.Second)
	defer stop()
	var errs []error
	if w.engine != nil {
		errs = append(errs, w.engine.Close(ctx))
	}
	if w.daemon != nil {
		errs = append(errs, w.daemon.end())
	}
	if w.connector != nil {
		errs = append(errs, w.connector.Close(ctx))
	}
	if w.receiver != nil {
		errs = append(errs, w.receiver.server.Close())
	}
	if err := errors.Join(append(errs, os.RemoveAll(w.folder))...); err != nil {
		fmt.Fprintln(os.Stderr, "soak: at the end:", err)
	}
}

// pause says whether the context lasted through it.
func pause(ctx context.Context, length time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(length):
		return true
	}
}
