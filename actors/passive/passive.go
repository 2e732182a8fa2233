package passive

import (
	"runtime"
	"sync/atomic"

	"github.com/asynkron/protoactor-go/actor"
)

// passive is what is left of an actor that has nothing to do: it passivates when it rests and nobody holds it, and the
// next message activates it, on the sender's goroutine. What the actor knows outlives it. No message is lost: they
// wait here and not in the actor. A parent holds itself active while it has children, since failures and ends reach it
// only then.
type passive struct {
	letters atomic.Pointer[letter]  // what is to be received, the newest first; or one of the marks below
	active  atomic.Pointer[Mailbox] // nil while it is passive
	holds   atomic.Int32            // reasons to stay active; below zero while it passivates
}

// letter is a message that waits, or a mark.
type letter struct {
	message any
	next    *letter
}

// The marks. A passive actor that is gone takes no more messages; one that is foreign has a mailbox of the framework's
// and never passivates.
var asleep, gone, foreign = new(letter), new(letter), new(letter)

// passivating makes holds negative whatever is counted.
const passivating = -1 << 30

// tell has the actor receive m, on this goroutine if it is lent.
func (p *passive) tell(by Activator, m any, lent bool) {
	for l := (&letter{message: m}); ; {
		before := p.letters.Load()
		switch before {
		case gone:
			return
		case foreign:
			box := p.active.Load()
			box.system.Root.Send(box.pid, m)
			return
		case asleep:
			l.next = nil
		default:
			l.next = before
		}
		if !p.letters.CompareAndSwap(before, l) {
			continue
		}
		if before == asleep {
			_ = p.activate(by, lent)
		} else if box := p.active.Load(); before == nil && box != nil { // else whoever activates it finds l
			box.schedule(lent)
		}
		return
	}
}

// Activate spawns the actor. Only one caller does: who took the mark away, or made the passive.
func (p *passive) activate(by Activator, lent bool) error {
	err := by.Activate(&Mailbox{passive: p, by: by, lent: lent})
	if err != nil {
		p.letters.Store(gone)
	}
	return err
}

// adoptForeign makes the passive a reference to an actor that never passivates.
func (p *passive) adoptForeign(ctx actor.Context) {
	p.holds.Store(1)
	p.active.Store(&Mailbox{system: ctx.ActorSystem(), pid: ctx.Self()})
	p.letters.Store(foreign)
}

// hold keeps the actor active until release, and returns it; nil when it is gone. It waits for others who are about to
// activate or passivate it, which takes a moment.
func (p *passive) hold(by Activator) *actor.PID {
	for p.holds.Add(1) < 0 {
		p.holds.Add(-1)
		runtime.Gosched()
	}
	for p.letters.Load() != gone {
		if p.letters.CompareAndSwap(asleep, nil) {
			_ = p.activate(by, false)
		}
		if box := p.active.Load(); box != nil {
			return box.pid
		}
		runtime.Gosched()
	}
	return nil
}

// release ends a hold, and lets the actor rest, on this goroutine if it is lent.
func (p *passive) release(lent bool) {
	if p.holds.Add(-1) == 0 {
		if box := p.active.Load(); box != nil {
			box.schedule(lent)
		}
	}
}

// pid returns the actor if it is active, or was when it ended.
func (p *passive) pid() *actor.PID {
	if box := p.active.Load(); box != nil {
		return box.pid
	}
	return nil
}

// passivate gives the actor up unless somebody holds it. The mailbox is not used any more then.
func (p *passive) passivate(box *Mailbox) bool {
	if !p.holds.CompareAndSwap(0, passivating) {
		return false
	}
	p.active.Store(nil)
	box.system.ProcessRegistry.Remove(box.pid)
	if !p.letters.CompareAndSwap(nil, asleep) { // somebody was quicker
		_ = p.activate(box.by, false)
	}
	p.holds.Add(-passivating)
	return true
}

// end makes the passive one that takes no more messages: its actor has stopped.
func (p *passive) end() {
	if p.letters.Load() != foreign {
		p.letters.Store(gone)
	}
}
