package actors

import (
	"runtime"
	"sync/atomic"

	"github.com/asynkron/protoactor-go/actor"
)

// workers run what is short and comes often: a turn of an inbox, and handlers. A goroutine that has done such work
// before has a stack that is large enough, while a fresh one grows its own each time, which is a tenth of what an event
// costs in a large fleet. Nothing waits for a worker: where none is at hand, the work gets a goroutine of its own,
// which stays if few are idle.
type workers struct {
	work  chan func()   // unbuffered: only a worker that waits can take it
	idle  atomic.Int32  // workers that wait
	ended chan struct{} // closed when the engine has ended: none waits any more
}

func newWorkers() *workers { return &workers{work: make(chan func()), ended: make(chan struct{})} }

// maxIdleWorkers is how many wait for work at most.
func maxIdleWorkers() int32 { return int32(2 * runtime.GOMAXPROCS(0)) }

// start has f run on another goroutine, at once.
func (w *workers) start(f func()) {
	select {
	case w.work <- f:
	default:
		go w.run(f)
	}
}

// run does a piece of work and then what comes. Work that ends its goroutine ends the worker.
func (w *workers) run(f func()) {
	for {
		f()
		if w.idle.Add(1) > maxIdleWorkers() {
			w.idle.Add(-1)
			return
		}
		select {
		case f = <-w.work:
			w.idle.Add(-1)
		case <-w.ended:
			return
		}
	}
}

// end ends those that wait, and those that are at work when it is done. Work that comes later is done all the same.
func (w *workers) end() { close(w.ended) }

var _ actor.Dispatcher = (*workers)(nil)

// Schedule implements actor.Dispatcher.
func (w *workers) Schedule(f func()) { w.start(f) }

// Throughput implements actor.Dispatcher: after so many messages an actor lets others go on, as the framework's default
// has it.
func (*workers) Throughput() int { return 300 }
