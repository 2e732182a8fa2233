package actors_test

import (
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"hermod/wire/wiretest"
)

func TestAHostileConnectorIsAnsweredCountedAndHoldsNoMemory(t *testing.T) {
	for _, o := range offences() {
		t.Run(o.name, func(t *testing.T) {
			measured := measuredQueues
			if o.flood == nil {
				measured = measured[:1]
			}
			for i, queue := range measured {
				held := inVirtualTime(t, &o, queue)
				t.Logf("%.2f MiB held beside a queue of %d MiB", held, queue>>20)
				if most := o.heap[i]; held > most {
					t.Errorf("with a queue of %d MiB, %.2f MiB were held besides, want at most %v", queue>>20, held, most)
				}
			}
		})
	}
}

// inVirtualTime commits an offence and returns the MiB that are held besides the queue at most.
func inVirtualTime(t *testing.T, o *offence, queue int) (held float64) {
	synctest.Test(t, func(t *testing.T) {
		a := newAttack(t, o, wiretest.New(t), queue, synctest.Wait)
		a.run()
		time.Sleep(2 * time.Millisecond) // the framework's own goroutine after a dead letter
		if o.fills || o.passes {
			a.meter.most -= int64(queue)
		}
		held = float64(max(0, a.meter.most)) / (1 << 20)
	})
	return held
}

// Over a socket a relay reads, writes and waits otherwise.
func TestAHostileConnectorOverASocketIsAnsweredAsWell(t *testing.T) {
	for _, o := range offences() {
		if o.stage != onASession || o.fills {
			continue
		}
		t.Run(o.name, func(t *testing.T) {
			o.counts = "" // nothing says when everything is counted
			newAttack(t, &o, wiretest.Listen(t), queues[0], func() {}).run()
		})
	}
}

// run commits the offence and judges what follows.
func (a *attack) run() {
	defer a.end()
	a.meet()
	if a.flood != nil {
		a.next = a.flood()
	}
	a.settle()
	a.meter.begin()
	committed := make(chan struct{})
	go func() {
		defer close(committed)
		if a.commit != nil {
			a.commit(a)
			return
		}
		a.pour()
	}()
	if !a.fills {
		take(a, committed) // a full queue has the attacker wait
	}
	a.settle()
	a.meter.sample()
	runtime.KeepAlive(a.next)
	close(a.over)
	take(a, committed)
	a.judge()
	a.settle()
	a.judgeStatus()
}

// meter finds out how much more memory is held than in the beginning.
type meter struct {
	start, most int64
}

func (m *meter) begin() {
	liveHeap() // the second one empties the pools
	m.start = liveHeap()
}

// sample looks twice: what goroutines at work allocate during a collection counts as live in it, and most of it is
// garbage by the next.
func (m *meter) sample() { m.most = max(m.most, min(liveHeap(), liveHeap())-m.start) }
