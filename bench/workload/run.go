package workload

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"sync"
	"time"
)

var errNoMemory = errors.New("this system does not say how much memory is resident")

// ErrNothing is a run in which no frame arrived.
var ErrNothing = errors.New("no frame came through in the measured time")

// Run carries out a Spec with one of the clients. The Result's Error says what failed.
func Run(s Spec, clients Clients) Result {
	s = s.withDefaults()
	result := Result{Client: s.Client, Scenario: s.Scenario}
	if err := run(s, clients, &result); err != nil {
		result.Error = err.Error()
	}
	return result
}

func run(s Spec, clients Clients, result *Result) error {
	kind, err := clients.kind(s.Client, s.Scenario)
	if err != nil {
		return err
	}
	if kind.Whole != nil {
		result.Metrics, err = kind.Whole(s)
		return err
	}
	dial, closeAll, err := kind.Open()
	if err != nil {
		return fmt.Errorf("open client %s: %w", s.Client, err)
	}
	defer closeAll()
	to, err := s.Target()
	if err != nil {
		return err
	}
	r := &runner{Spec: s, handler: newHandler(), dial: dial, to: to, Result: result}
	if s.Scenario == Silence {
		r.handler.took = make([]int64, s.Relays)
	}
	defer r.closeConns()
	begin := time.Now()
	if err := r.dialAll(); err != nil {
		return fmt.Errorf("connect %d relays: %w", s.Relays, err)
	}
	took := time.Since(begin)
	stop := burn(s.Busy)
	defer stop()
	switch s.Scenario {
	case Connect:
		r.Metrics = map[string]float64{ConnectSeconds: took.Seconds()}
		return nil
	case Idle:
		return r.idle()
	case Hang:
		return r.hang()
	case Silence:
		return r.silence()
	case Outbound, Duplex:
		return r.outbound()
	default:
		return r.inbound()
	}
}

// runner is one run.
type runner struct {
	Spec
	*Result
	handler *Handler
	dial    Dial
	to      Target
	conns   []Client
}

// dialAll opens the relays, Dialers at a time.
func (r *runner) dialAll() error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	r.conns = make([]Client, r.Relays)
	errs := make([]error, min(Dialers, r.Relays))
	var wg sync.WaitGroup
	for dialer := range errs {
		wg.Go(func() {
			for i := dialer; i < r.Relays && errs[dialer] == nil; i += len(errs) {
				r.conns[i], errs[dialer] = r.dial(ctx, r.to, r.handler)
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// closeConns closes the connections side by side; a handler that hangs returns first.
func (r *runner) closeConns() {
	close(r.handler.release)
	var wg sync.WaitGroup
	for dialer := range Dialers {
		wg.Go(func() {
			for i := dialer; i < len(r.conns); i += Dialers {
				if r.conns[i] != nil {
					r.conns[i].Close()
				}
			}
		})
	}
	wg.Wait()
}

// inbound counts events.
func (r *runner) inbound() error {
	wait(r.WarmUp)
	before, start := r.handler.total(), readMeter()
	wait(r.Seconds)
	await(func() bool { return r.handler.total() > before })
	events, end := r.handler.total()-before, readMeter()
	r.Metrics = start.metrics(end, float64(events), r.Spec)
	if r.Spec.Scenario == Spread {
		r.Metrics[Served] = r.Metrics[FramesPerSecond] / r.Rate
	}
	if events == 0 {
		return ErrNothing
	}
	return nil
}

// hang counts the events of the chats that do not hang, before and while one does.
func (r *runner) hang() error {
	wait(r.WarmUp)
	before := r.rate(1)
	r.handler.hung.Store(true)
	during := r.rate(0)
	r.Metrics = map[string]float64{OthersBefore: before, OthersDuring: during}
	if before == 0 {
		return ErrNothing
	}
	return nil
}

// rate is how many events a second are handled in the next half of the measured time, which waits for the least.
func (r *runner) rate(least uint64) float64 {
	before, start := r.handler.total(), time.Now()
	wait(r.Seconds / 2)
	await(func() bool { return r.handler.total() >= before+least })
	return float64(r.handler.total()-before) / time.Since(start).Seconds()
}

// idle measures the memory of relays at rest.
func (r *runner) idle() error {
	wait(max(r.WarmUp, r.Rest))
	debug.FreeOSMemory()
	debug.FreeOSMemory() // what finalizers and pools released in the first
	rss, ok := residentBytes(os.Getpid())
	if !ok {
		return errNoMemory
	}
	r.Metrics = map[string]float64{RSS: rss, RSSPerRelay: rss / float64(r.Relays)}
	return nil
}

// patience is how long beyond the requested time a run waits for its first frame, on a busy machine.
const patience = 20 * time.Second

// await waits until done, or patience is over.
func await(done func() bool) {
	ticker := time.NewTicker(10 * time.Millisecond)
	defer ticker.Stop()
	for limit := time.Now().Add(patience); !done() && time.Now().Before(limit); {
		<-ticker.C
	}
}

func wait(seconds float64) { <-time.After(time.Duration(seconds * float64(time.Second))) }
