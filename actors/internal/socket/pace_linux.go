package socket

import (
	"runtime"
	"time"

	"golang.org/x/sys/unix"
)

// pace has a leader gather what comes fast, as network cards do: to be woken costs more than to read a frame. Where
// wakes follow each other at once, the leader rests for a moment before it looks again, and finds several sockets
// ready, or several frames at one. Where they do not, a frame that comes alone is read at once.
type pace struct {
	woken  time.Time // when the leader was woken last
	streak int       // wakes that followed at once, up to streakOfWakes
}

const (
	atOnce        = 60 * time.Microsecond // between two wakes, at most
	streakOfWakes = 4
	moment        = 50 * time.Microsecond // the kernel makes up to twice that of it
)

func (p *pace) resting() bool { return p.streak == streakOfWakes }

// rest waits if that is worth it.
func (p *pace) rest() {
	if !p.resting() {
		return
	}
	runtime.Gosched() // what is due meanwhile need not wait until somebody takes this thread's processor
	if time.Since(p.woken) < moment {
		pause := unix.NsecToTimespec(int64(moment))
		_ = unix.Nanosleep(&pause, nil)
	}
}

// wake notes that something is ready, and whether that was so when the leader looked. A leader that rests goes on to as
// long as each rest brings something.
func (p *pace) wake(now time.Time, waited bool) {
	gap := now.Sub(p.woken)
	p.woken = now
	switch resting := p.resting(); {
	case !resting && gap < atOnce:
		p.streak++
	case !resting || waited:
		p.streak = 0
	}
}
