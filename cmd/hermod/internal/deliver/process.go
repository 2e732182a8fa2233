package deliver

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	json "github.com/goccy/go-json"

	"hermod/actors"
	"hermod/cmd/hermod/internal/config"
	"hermod/cmd/hermod/internal/fleet"
	"hermod/cmd/hermod/internal/record"
	"hermod/supervisor"
	"hermod/wire"
)

// processBackoff is the ladder of delays between the starts of a process; stableProcess is how long one must run to
// begin it anew.
var processBackoff = supervisor.Backoff{Base: time.Second, Max: 30 * time.Second}

const stableProcess = time.Minute

// process keeps a subprocess that takes a bot's deliveries. What a process that ended did not take goes to the next
// one.
type process struct {
	bot    *fleet.Bot
	config *config.Process
	log    *slog.Logger
	errors *errorLog
	upkeep *upkeep
	hand   inHand

	subcommands []string
	stable      time.Duration // how long a process must run to count as one that stays up
	kept        *DeadLetters  // nil keeps nothing

	life    context.Context // ends when the deliverer closes
	cancel  context.CancelFunc
	closing context.Context // bounds the end; set before life ends
	done    chan struct{}   // closed when no process runs any more

	mu      sync.Mutex
	child   *child        // nil while none runs
	changed chan struct{} // closed when child changes
}

func (w *Ways) newProcess(_ context.Context, t fleet.Target) (fleet.Deliverer, error) {
	p := &process{bot: t.Bot, config: t.Config.Deliver.Process, log: t.Logger,
		upkeep: &upkeep{report: t.Report}, stable: stableProcess, kept: w.DeadLetters,
		subcommands: t.Config.Session.Subcommands(), done: make(chan struct{}), changed: make(chan struct{})}
	p.life, p.cancel = context.WithCancel(context.Background())
	p.errors = newErrorLog(t.Logger, p.upkeep.dropped)
	p.kept.enlist(t.Bot.Name(), p)
	go p.keep()
	return p, nil
}

// Inbound writes an event to the process.
func (p *process) Inbound(ctx context.Context, d *actors.Inbound) error {
	return p.deliver(ctx, d.Relay, d.Generation, d.BufferID, record.Inbound(traced(ctx, inboundOrigin(p.bot.Name(), d)),
		d, p.subcommands...))
}

// Passthrough writes a forwarded request to the process.
func (p *process) Passthrough(ctx context.Context, d *actors.Passthrough) error {
	return p.deliver(ctx, d.Relay, d.Generation, d.BufferID, record.Passthrough(traced(ctx,
		passthroughOrigin(p.bot.Name(), d)), d))
}

// DeadLetter writes a frame that could not be decoded; what could was never given up.
func (p *process) DeadLetter(ctx context.Context, d *actors.DeadLetter) error {
	return p.deliver(ctx, d.Relay, 0, "", record.DeadLetter(traced(ctx, deadLetterOrigin(p.bot.Name(), d)), d))
}

// Interrupt writes an interrupt to the process that runs, if one does.
func (p *process) Interrupt(ctx context.Context, i wire.InterruptInbound) {
	if c, _ := p.running(); c != nil {
		_ = c.session.Put(ctx, record.Interrupt(traced(ctx, interruptOrigin(p.bot.Name())),
			i)) // a process that ended has nothing to interrupt
	}
}

// replay writes a record to the process; one that acknowledges by itself has to.
func (p *process) replay(ctx context.Context, _ string, line []byte) error {
	var of struct {
		BufferID string `json:"bufferId"`
	}
	if err := json.Unmarshal(line, &of); err != nil {
		return fmt.Errorf("read the dead letter: %w", err)
	}
	return p.deliver(ctx, nil, 0, of.BufferID, line)
}

// Health implements fleet.HealthTeller.
func (p *process) Health() fleet.Health {
	h := p.upkeep.now()
	h.Oldest = p.hand.oldest()
	return h
}

// Close ends the process: its input ends, and then it has until ctx ends.
func (p *process) Close(ctx context.Context) error {
	p.kept.dismiss(p.bot.Name(), p)
	p.closing = ctx
	p.cancel()
	<-p.done
	return nil
}

// deliver waits for a process that takes the delivery.
func (p *process) deliver(ctx context.Context, relay *actors.Relay, generation uint64, bufferID string,
	line []byte) error {
	defer p.hand.take()()
	for {
		c, changed := p.running()
		if c != nil {
			err := c.deliver(ctx, relay, generation, bufferID, line)
			if err == nil || ctx.Err() != nil {
				return err
			}
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (p *process) running() (c *child, changed <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.child, p.changed
}

func (p *process) run(c *child) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.child = c
	close(p.changed)
	p.changed = make(chan struct{})
}

// keep runs one process after the other until the deliverer closes.
func (p *process) keep() {
	defer close(p.done)
	defer p.errors.tell()
	for attempt := 1; ; attempt++ {
		began := time.Now()
		err := p.once()
		if p.life.Err() != nil {
			return
		}
		if time.Since(began) >= p.stable {
			attempt = 1
		}
		delay := processBackoff.Delay(attempt, rand.Float64())
		p.upkeep.ended(err, time.Now().Add(delay))
		p.log.Warn("the process ended; it is started again", "err", err, "attempt", attempt, "delay", delay)
		select {
		case <-time.After(delay):
		case <-p.life.Done():
			return
		}
	}
}

// once runs a process until it ends, or has to.
func (p *process) once() error {
	c, err := startChild(p.config, p.bot, p.errors, p.upkeep)
	if err != nil {
		return err
	}
	p.log.Info("the process runs", "pid", c.cmd.Process.Pid)
	p.upkeep.starts()
	p.run(c)
	defer p.run(nil)
	stable := time.NewTimer(p.stable)
	defer stable.Stop()
	for {
		select {
		case <-stable.C:
			p.upkeep.stays()
		case <-c.silent:
			return c.stop(p.life)
		case <-p.life.Done():
			return c.stop(p.closing)
		}
	}
}
