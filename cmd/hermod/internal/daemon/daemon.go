package daemon

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"os"
	"runtime"
	"sync/atomic"
	"syscall"
	"time"

	"hermod/cmd/hermod/internal/access"
	"hermod/cmd/hermod/internal/budget"
	"hermod/cmd/hermod/internal/clustered"
	"hermod/cmd/hermod/internal/config"
	"hermod/cmd/hermod/internal/deliver"
	"hermod/cmd/hermod/internal/fleet"
	"hermod/cmd/hermod/internal/fleetlog"
	"hermod/cmd/hermod/internal/loglevel"
	"hermod/cmd/hermod/internal/observe"
	"hermod/cmd/hermod/internal/store"
)

// Options describe a daemon.
type Options struct {
	// Path is the configuration file; "" has the environment's GATEWAY_RELAY_ variables describe the one gateway.
	Path string
	// Cluster is the file of the cluster that the daemon is a node of; "" is none.
	Cluster string
	// BotsElsewhere says that the configuration's bots are the cluster's, not the node's own.
	BotsElsewhere bool
	// Environ is the environment at the start; reloads read the same.
	Environ []string
	// Version and Commit are the program's, for metrics and traces.
	Version, Commit string
	// Signals bring SIGHUP, SIGTERM and SIGINT.
	Signals <-chan os.Signal
	// Stdout gets one line when the server listens; Stderr the log.
	Stdout, Stderr io.Writer

	// What only tests set: deliverers replace those of package deliver, connections is the server's bound, limits are the
	// process's.
	deliverers  map[string]fleet.NewDeliverer
	connections int
	limits      func() (budget.Limits, error)
}

// Daemon is a running daemon. Its fields belong to Run's goroutine, but for current and health.
type Daemon struct {
	opts     Options
	log      *slog.Logger
	levels   *loglevel.Levels
	service  *service
	budget   budget.Budget // of the start
	observer *observe.Observer
	fleet    *fleet.Fleet
	ways     *deliver.Ways
	vault    *vault
	store    *store.Store
	files    *fileWatch
	servers  *servers
	control  *access.Control
	health   *health
	gateways *port
	tidy     tidy
	fleetLog *fleetlog.Log
	reloads  chan reloadRequest
	part     *part                         // in a cluster; nil without one
	leaving  context.CancelFunc            // has the node leave; nil before it joins
	dryRuns  chan struct{}                 // holds one while a dry run is under way: it may take seconds of a processor
	current  atomic.Pointer[config.Config] // what is applied
}

// Run keeps the daemon until a signal or ctx ends it. The error is a *config.InvalidError, one of the listener, or says
// that draining took too long.
func Run(ctx context.Context, opts Options) error {
	cfg, err := config.Load(opts.Path, opts.Environ)
	if err != nil {
		return err
	}
	runtime.GC()
	d := newDaemon(opts, cfg)
	d.tidy.ended = collecting.start()
	defer d.tidy.stop()
	if opts.Cluster != "" {
		if d.part, err = d.newPart(); err != nil {
			return err
		}
		defer d.part.end()
		if cfg, err = d.withOwned(cfg); err != nil {
			return err
		}
	}
	if err := d.start(cfg); err != nil {
		return err
	}
	cause := d.serve(ctx)
	return d.stop(cause)
}

func newDaemon(opts Options, cfg *config.Config) *Daemon {
	d := &Daemon{opts: opts, service: newService(), reloads: make(chan reloadRequest), dryRuns: make(chan struct{}, 1)}
	if d.opts.limits == nil {
		d.opts.limits = budget.Read
	}
	d.tidy.dialling, d.tidy.ended = d.dialling, func() {}
	d.levels = loglevel.New(levelOf(cfg.Log))
	d.log = newLogger(opts.Stderr, cfg.Log, d.levels)
	d.budget = d.budgetOf(cfg)
	d.budget.Enforce()
	d.ways = deliver.New(d.budget.Posts)
	all := d.ways.Deliverers()
	maps.Copy(all, d.opts.deliverers)
	d.opts.deliverers = all
	d.vault = newVault(d.log)
	d.control = access.New(d.log)
	d.servers = newServers(d.log, d.control, cmp.Or(opts.connections, d.budget.Clients))
	return d
}

// dialling says that bots dial, or wait for their turn to.
func (d *Daemon) dialling() bool {
	now := d.fleet.Engine()
	return now.Dialing+now.DialsWaiting > 0
}

// start brings everything up; what was up before a failure is taken down again. The configuration is in force before
// the server is open and its address is announced, so that whoever reads that finds every bot.
func (d *Daemon) start(cfg *config.Config) error {
	d.current.Store(cfg)
	var err error
	if err = d.openStore(cfg); err != nil {
		return err
	}
	d.gateways = d.newPort()
	if d.observer, err = observe.New(observe.Options{Config: d.current.Load, ConfigError: d.configError,
		Environ: d.opts.Environ,
		Version: d.opts.Version, Commit: d.opts.Commit, Logger: d.log}); err != nil {
		return errors.Join(err, d.store.Close())
	}
	if d.fleet, err = fleet.New(d.fleetOptions(cfg)); err != nil {
		return errors.Join(err, d.store.Close())
	}
	d.observer.Watch(d.fleet)
	d.observer.WatchPosts(d.ways.Posts)
	d.observer.WatchActors(func() int { return d.fleet.Engine().Actors })
	d.observer.WatchAccess(d.control)
	d.observer.WatchCertificates(d.servers.expiries)
	d.observer.WatchStore(d.store.Figures)
	d.observer.WatchGateways(d.gateways.server.Figures)
	d.health = newHealth(d.fleet)
	d.gateways.watch(d)
	d.observer.WatchBudget(d.uses)
	if d.part != nil {
		d.observer.WatchCluster(d.part.everywhere.Figures)
	}
	d.fleetLog = fleetlog.Start(d.fleet, d.log)
	d.observer.WatchConnectors(d.fleetLog.Figures)
	if d.files, err = watchFiles(d.log); err == nil {
		err = d.listen(cfg)
	}
	if err != nil {
		return d.abort(err)
	}
	if err := d.apply(cfg, func() {}); err != nil {
		return d.abort(err)
	}
	routes := d.routes()
	d.servers.open(routes, d.metricsRoutes())
	d.announce()
	d.service.ready()
	if d.part != nil {
		d.leaving = d.part.join(d.fleet, routes)
	}
	return nil
}

func (d *Daemon) fleetOptions(cfg *config.Config) fleet.Options {
	o := fleet.Options{Deliverers: d.opts.deliverers, Prepare: d.prepare, Observer: d.observer, Memory: d.store,
		Engine: d.engine(cfg), Logger: d.log}
	if d.part != nil {
		o.Observer = clustered.Gate{Observer: d.observer, Open: d.part.node.MayAct}
		o.Dial, o.Memory = d.part.node.Dial, nil // the API tells the cluster's store what operators want
	}
	return o
}

// announce tells where the daemon serves.
func (d *Daemon) announce() {
	gateways := d.gateways.addr()
	switch addr := d.servers.main.addr(); {
	case gateways != "":
		fmt.Fprintf(d.opts.Stdout, "{\"listening\":%q,\"gateways\":%q}\n", addr, gateways)
	case addr != "":
		fmt.Fprintf(d.opts.Stdout, "{\"listening\":%q}\n", addr)
	}
	for _, s := range []*server{d.servers.main, d.servers.metrics} {
		if s.addr() != "" {
			s.logServing()
		}
	}
	if addr := d.gateways.addr(); addr != "" {
		d.log.Info("gateways may dial", "address", addr, "durable", d.gateways.server.Durable())
	}
}

// listen binds the addresses and serves probes. The rest is served once the servers are opened.
func (d *Daemon) listen(cfg *config.Config) error {
	first, err := d.servers.next(cfg)
	if err != nil {
		return err
	}
	d.servers.open(d.probes(), d.probes())
	first.enter()
	return nil
}

// abort takes down what a failed start had brought up.
func (d *Daemon) abort(cause error) error {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	d.servers.close(ctx)
	d.files.close()
	d.fleetLog.Close()
	_ = d.fleet.Close(ctx)    // there is nothing that could drain
	_ = d.observer.Close(ctx) // nor to send
	d.health.wait()
	d.gateways.close()
	d.ways.Close()
	d.vault.close()
	d.closeStore()
	return cause
}

// apply makes a checked configuration the current one, or changes nothing if an address cannot be had. A server whose
// rules change is closed while the configuration changes, so that nobody comes in by the rules of one under the other.
// taken is called before that, when nothing is in the way any more.
func (d *Daemon) apply(cfg *config.Config, taken func()) error {
	doors, err := d.servers.next(cfg)
	if err != nil {
		return err
	}
	gateways, err := d.gateways.next(cfg)
	if err != nil {
		doors.drop()
		return err
	}
	for _, note := range cfg.Notes {
		d.log.Warn(note)
	}
	d.warnOfRestart(cfg)
	d.warnOfShortages(cfg)
	d.levels.Configure(levelOf(cfg.Log))
	taken()
	doors.leave()
	d.store.Limit(limitsOf(cfg.DeadLetters))
	d.current.Store(cfg)
	for _, opened := range doors.enter() {
		opened.logServing()
	}
	d.files.follow(cfg.Files)
	starting := d.gateways.cfg == nil
	if err := gateways.carryOut(); err != nil && starting {
		return err
	} else if err != nil {
		d.log.Error("the gateways behind the daemon are not served", "err", err)
	}
	changes, err := d.fleet.Apply(cfg)
	if err != nil {
		return err
	}
	d.health.expect(cfg)
	d.tidy.later()
	d.log.Info("configuration applied", "added", len(changes.Added), "removed", len(changes.Removed),
		"changed", len(changes.Changed), "unchanged", changes.Unchanged)
	return nil
}

// warnOfRestart tells of settings that the running daemon does not take over.
func (d *Daemon) warnOfRestart(cfg *config.Config) {
	for _, key := range restartKeys(config.Compare(d.current.Load(), cfg).Settings) {
		d.log.Warn("a setting changed that takes effect when the daemon is restarted", "key", key)
		if key == "state" {
			d.log.Warn("dead letters, idempotency keys and disabled bots of the old state folder stay there; nothing is moved")
		}
	}
}

// serve obeys until something ends the daemon, and returns what did.
func (d *Daemon) serve(ctx context.Context) error {
	watchdog, stop := d.service.watchdog()
	defer stop()
	status := time.NewTicker(statusInterval)
	defer status.Stop()
	for {
		select {
		case signal := <-d.opts.Signals:
			if signal != syscall.SIGHUP {
				d.log.Info("ending", "signal", signal.String())
				return nil
			}
			_, _ = d.reload("SIGHUP", nil)
		case <-d.files.changed:
			_, _ = d.reload("a file changed", nil)
		case first := <-d.reloads:
			d.reloadFor(first)
		case <-watchdog:
			if d.health.alive() {
				d.service.alive()
			}
		case <-status.C:
			d.service.status(d.health.sentence())
		case t := <-d.taken():
			d.takeOver(t)
		case err := <-d.ended():
			return fmt.Errorf("take part in the cluster: %w", err)
		case err := <-d.servers.failed:
			return fmt.Errorf("serve HTTP: %w", err)
		case <-ctx.Done():
			return nil
		}
	}
}

// stop drains within the budget; a further signal hurries. Clients of the HTTP server may acknowledge to the end.
func (d *Daemon) stop(cause error) error {
	d.service.stopping()
	d.tidy.stop()
	d.health.end()
	d.fleetLog.Close() // that each bot ends now is no news
	if d.leaving != nil {
		d.leave(d.leaving)
	}
	begun, bots := time.Now(), len(d.fleet.Bots())
	budget := d.current.Load().Shutdown.Budget.Duration
	ctx, cancel := context.WithTimeout(context.Background(), budget)
	defer cancel()
	over := make(chan struct{})
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		d.hurry(cancel, over)
	}()
	err := d.fleet.Close(ctx)
	close(over)
	<-watched
	d.servers.close(ctx)
	d.files.close()
	d.health.wait()
	d.gateways.close()
	d.ways.Close()
	d.vault.close()
	d.closeStore()
	d.closeObserver()
	d.log.Info("ended", "bots", bots, "duration", time.Since(begun).Round(time.Millisecond))
	if cause != nil {
		return cause
	}
	return err
}

// closeObserver has the last traces sent, which may come late but must not hold the end up.
func (d *Daemon) closeObserver() {
	ctx, cancel := context.WithTimeout(context.Background(), lingerTime)
	defer cancel()
	if err := d.observer.Close(ctx); err != nil {
		d.log.Warn("the last traces were not sent", "err", err)
	}
}

// configError says why the last reload changed nothing.
func (d *Daemon) configError() string { return d.health.report.Load().ConfigError }

// hurry ends the draining at the next signal that asks for the end.
func (d *Daemon) hurry(cancel context.CancelFunc, over <-chan struct{}) {
	for {
		select {
		case signal := <-d.opts.Signals:
			if signal == syscall.SIGHUP {
				continue
			}
			d.log.Warn("ending at once: what drains is cut off", "signal", signal.String())
			cancel()
			return
		case <-over:
			return
		}
	}
}
