package passive

import (
	"runtime"
	"sync/atomic"

	"github.com/asynkron/protoactor-go/actor"
)

// Mailbox is that of an active actor which may passivate. Its messages are in what is left of the actor then. It
// has no bound of its own: whoever fills it has.
type Mailbox struct {
	*passive
	by         Activator
	system     *actor.ActorSystem
	pid        *actor.PID
	invoker    actor.MessageInvoker
	dispatcher actor.Dispatcher
	resting    Resting
	activation *activation
	lent       bool   // whoever spawns the actor lends it his goroutine
	beside     func() // process, on a goroutine of the dispatcher; whoever runs the mailbox makes it once

	urgent    atomic.Pointer[letter] // the framework's messages, the newest first
	status    atomic.Int32
	suspended atomic.Bool

	taken, urgentTaken *letter // what was taken and not received yet, the oldest first; whoever runs the mailbox has them
}

var _ actor.Mailbox = (*Mailbox)(nil)

// The status of a mailbox. One that is passivated stays running, so that nobody runs it any more.
const (
	unstarted int32 = iota
	idle
	running
)

// Resting is an actor that may passivate.
type Resting interface {
	actor.Actor
	// Rests says that it has nothing to do and waits for nothing but messages. It is asked between two messages.
	Rests() bool
}

// RegisterHandlers implements actor.Mailbox: from here on the actor is active.
func (b *Mailbox) RegisterHandlers(invoker actor.MessageInvoker, dispatcher actor.Dispatcher) {
	ctx := invoker.(actor.Context)
	b.invoker, b.dispatcher = invoker, dispatcher
	b.system, b.pid = ctx.ActorSystem(), ctx.Self()
	b.active.Store(b)
}

// PostUserMessage implements actor.Mailbox.
func (b *Mailbox) PostUserMessage(m any) { b.tell(b.by, m, false) }

// PostSystemMessage implements actor.Mailbox.
func (b *Mailbox) PostSystemMessage(m any) {
	l := &letter{message: m}
	for l.next = b.urgent.Load(); !b.urgent.CompareAndSwap(l.next, l); {
		l.next = b.urgent.Load()
	}
	b.schedule(false)
}

// Start implements actor.Mailbox.
func (b *Mailbox) Start() {
	b.status.Store(idle)
	b.schedule(b.lent)
}

// UserMessageCount implements actor.Mailbox, for the framework's metrics, which nobody asks for.
func (b *Mailbox) UserMessageCount() int { return 0 }

// schedule has somebody run the mailbox: the caller, if he lends his goroutine.
func (b *Mailbox) schedule(lent bool) {
	switch {
	case !b.status.CompareAndSwap(idle, running):
	case lent:
		b.process(true)
	default:
		b.leave()
	}
}

// leave has the dispatcher run the mailbox, which the caller was to run.
func (b *Mailbox) leave() {
	if b.beside == nil {
		b.beside = func() { b.process(false) }
	}
	b.dispatcher.Schedule(b.beside)
}

// lentFor is how many messages a goroutine receives that was lent.
const lentFor = 8

// process has the actor receive what there is, and passivates it if it rests then. What is too much for a goroutine
// that was lent is left to another.
func (b *Mailbox) process(lent bool) {
	for {
		if enough := b.run(lent); enough {
			b.leave()
			return
		}
		if b.mayPassivate() {
			by := b.by
			if b.passivate(b) {
				b.activation.giveBack()
				by.Passivated()
				return
			}
		}
		left, urgentLeft := b.taken != nil, b.urgentTaken != nil
		b.status.Store(idle)
		waits := urgentLeft || b.urgent.Load() != nil || !b.suspended.Load() && (left || isLetter(b.letters.Load()))
		if !waits || !b.status.CompareAndSwap(idle, running) {
			return
		}
	}
}

func (b *Mailbox) mayPassivate() bool {
	return !b.suspended.Load() && b.taken == nil && b.urgentTaken == nil && b.urgent.Load() == nil &&
		b.letters.Load() == nil && b.resting.Rests()
}

// run has the actor receive its messages, the framework's first, until there is none, or until it fails, or until it is
// enough.
func (b *Mailbox) run(lent bool) (enough bool) {
	var m any
	defer func() {
		if reason := recover(); reason != nil {
			b.invoker.EscalateFailure(reason, m)
		}
	}()
	for i := 1; ; i++ {
		if lent && i > lentFor {
			return true
		}
		if i%b.dispatcher.Throughput() == 0 {
			runtime.Gosched()
		}
		if m = take(&b.urgent, &b.urgentTaken); m != nil {
			b.obey(m)
			continue
		}
		if b.suspended.Load() {
			return false
		}
		if m = take(&b.letters, &b.taken); m == nil {
			return false
		}
		b.invoker.InvokeUserMessage(m)
	}
}

func (b *Mailbox) obey(m any) {
	switch m.(type) {
	case *actor.SuspendMailbox:
		b.suspended.Store(true)
	case *actor.ResumeMailbox:
		b.suspended.Store(false)
	default:
		b.invoker.InvokeSystemMessage(m)
	}
}

// take returns the oldest message of a queue, nil if there is none.
func take(queue *atomic.Pointer[letter], taken **letter) any {
	if *taken == nil && isLetter(queue.Load()) {
		for newest := queue.Swap(nil); newest != nil; {
			next := newest.next
			newest.next, *taken, newest = *taken, newest, next
		}
	}
	oldest := *taken
	if oldest == nil {
		return nil
	}
	*taken = oldest.next
	return oldest.message
}

// isLetter says that there is a message, and neither nothing nor a mark.
func isLetter(l *letter) bool { return l != nil && l != asleep && l != gone && l != foreign }
