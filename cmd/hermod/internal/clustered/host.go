package clustered

import (
	"context"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"

	"hermod/cluster"
	"hermod/cmd/hermod/internal/config"
	"hermod/cmd/hermod/internal/fleet"
)

// Options describe a host.
type Options struct {
	// Folder is where relative paths of bots begin; Environ is the environment of their secrets.
	Folder  string
	Environ []string
	// Apply has the daemon run these bots and no others; it returns once the fleet knows of them. files are those that
	// their configurations name.
	Apply  func(bots []*config.Bot, files map[string]config.Sum) error
	Logger *slog.Logger
}

// Host runs in a daemon's fleet what a node owns. It implements cluster.Host.
type Host struct {
	opts  Options
	fleet atomic.Pointer[fleet.Fleet]
	api   atomic.Pointer[http.Handler]
	wake  chan struct{}

	mu      sync.Mutex
	read    map[string]reading // by bot, what was read last
	entries map[string]*entry
}

// reading is what a bot's desired state meant on this node.
type reading struct {
	revision int64
	bot      *config.Bot
	files    map[string]config.Sum
	err      error
}

// entry is a bot that this node owns.
type entry struct {
	epoch  int64 // of the claim
	now    reading
	ending bool // it is to leave the fleet
	asked  bool // the fleet was told so
	cut    bool // at once
	bot    *fleet.Bot
	done   chan struct{}
}

// New returns a host; Run works for it.
func New(o Options) *Host {
	return &Host{opts: o, wake: make(chan struct{}, 1), read: make(map[string]reading), entries: make(map[string]*entry)}
}

// Serve says what runs the bots, and what answers requests for them.
func (h *Host) Serve(f *fleet.Fleet, api http.Handler) {
	h.fleet.Store(f)
	h.api.Store(&api)
}

// Lacks implements cluster.Host: a bot whose configuration cannot be used here, for want of a secret perhaps, is
// lacking.
func (h *Host) Lacks(bots map[string]cluster.Desired) (lacks []string) {
	for _, name := range slices.Sorted(maps.Keys(bots)) {
		if r := h.readingOf(name, bots[name]); r.err != nil {
			h.opts.Logger.Warn("a bot cannot run on this node, so it runs on others", "bot", name, "err", r.err)
			lacks = append(lacks, name)
		}
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	maps.DeleteFunc(h.read, func(name string, _ reading) bool { _, known := bots[name]; return !known })
	return lacks
}

func (h *Host) readingOf(name string, d cluster.Desired) reading {
	h.mu.Lock()
	r, known := h.read[name]
	h.mu.Unlock()
	if known && r.revision == d.Revision {
		return r
	}
	r = reading{revision: d.Revision}
	r.bot, r.files, r.err = config.LoadDesired(name, d.JSON, h.opts.Folder, h.opts.Environ)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.read[name] = r
	return r
}

// in is the reading for a claim of that epoch.
func (r reading) in(epoch int64) reading {
	if r.bot != nil {
		bot := *r.bot
		bot.Epoch = epoch
		r.bot = &bot
	}
	return r
}

// Start implements cluster.Host.
func (h *Host) Start(g cluster.Grant) cluster.Running {
	r := &running{host: h, name: g.Bot, epoch: g.Epoch, done: make(chan struct{})}
	r.Change(g.Desired)
	return r
}

// Run brings what the node owns to the daemon until ctx ends.
func (h *Host) Run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-h.wake:
			h.carryOut()
		}
	}
}

func (h *Host) nudge() {
	select {
	case h.wake <- struct{}{}:
	default:
	}
}

// carryOut has the fleet be what the entries say, and waits for those that leave it.
func (h *Host) carryOut() {
	h.mu.Lock()
	var bots []*config.Bot
	files, leaving := make(map[string]config.Sum), make(map[string]*entry)
	for _, name := range slices.Sorted(maps.Keys(h.entries)) {
		switch e := h.entries[name]; {
		case e.ending && !e.asked:
			leaving[name] = e
		case !e.ending && e.now.bot != nil:
			bots = append(bots, e.now.bot)
			maps.Copy(files, e.now.files)
		}
	}
	h.mu.Unlock()
	in := h.fleet.Load()
	for name, e := range leaving {
		if bot, ok := in.Bot(name); ok {
			e.bot = bot
		}
	}
	if err := h.opts.Apply(bots, files); err != nil {
		h.opts.Logger.Error("the bots of this node cannot be applied; it is tried again with the next change", "err", err)
	}
	for name, e := range leaving {
		h.mu.Lock()
		e.asked = true
		atOnce := e.cut
		h.mu.Unlock()
		if e.bot == nil {
			h.finish(name, e)
			continue
		}
		if atOnce {
			e.bot.CutOff()
		}
		go func() {
			<-e.bot.Done()
			h.finish(name, e)
		}()
	}
}

// finish says that nothing of a bot runs any more.
func (h *Host) finish(name string, e *entry) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.entries[name] == e {
		delete(h.entries, name)
	}
	close(e.done)
}

// epoch is that of the claim by which a bot is here, 0 when it is not.
func (h *Host) epoch(bot string) int64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	if e := h.entries[bot]; e != nil {
		return e.epoch
	}
	return 0
}

// running implements cluster.Running.
type running struct {
	host  *Host
	name  string
	epoch int64
	done  chan struct{}
}

// Change implements cluster.Running.
func (r *running) Change(d cluster.Desired) {
	h, now := r.host, r.host.readingOf(r.name, d).in(r.epoch)
	if now.err != nil {
		h.opts.Logger.Error("a bot that this node owns cannot run here", "bot", r.name, "err", now.err)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	e := h.entries[r.name]
	if e == nil {
		e = &entry{epoch: r.epoch, done: r.done}
		h.entries[r.name] = e
	}
	e.now = now
	h.nudge()
}

// Stop implements cluster.Running.
func (r *running) Stop() { r.end(false) }

// Cut implements cluster.Running.
func (r *running) Cut() { r.end(true) }

func (r *running) end(atOnce bool) {
	r.host.mu.Lock()
	defer r.host.mu.Unlock()
	e := r.host.entries[r.name]
	if e == nil || e.done != r.done {
		return
	}
	e.ending, e.cut = true, e.cut || atOnce
	if e.asked && atOnce && e.bot != nil {
		e.bot.CutOff()
	}
	r.host.nudge()
}

// Done implements cluster.Running.
func (r *running) Done() <-chan struct{} { return r.done }
