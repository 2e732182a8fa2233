package actors

import (
	"runtime"
	"time"
)

// yielder lets other goroutines run at moments when what they do next saves work here. It belongs to one goroutine.
type yielder struct{ restUntil time.Time }

// slowYield is how long a yield may take. On a machine that is busy with something else it takes longer: then yields
// are left out for restFactor times as long.
const (
	slowYield  = 5 * time.Millisecond
	restFactor = 100
)

// rests says that yields are left out.
func (y *yielder) rests() bool { return !y.restUntil.IsZero() && time.Now().Before(y.restUntil) }

// yield lets others run once, and says whether it did.
func (y *yielder) yield() bool {
	start := time.Now()
	if start.Before(y.restUntil) {
		return false
	}
	runtime.Gosched()
	if took := time.Since(start); took > slowYield {
		y.restUntil = start.Add(restFactor * took)
	}
	return true
}

// stepBack lets those go first who are ready on this processor, where a yield waits for all who are ready on any. It
// costs two goroutines, and is for machines on which yields take long.
func stepBack() {
	turn := make(chan struct{})
	go func() { close(turn) }()
	go func() {}() // the newest runs next, so the other is now behind all who are ready
	<-turn
}
