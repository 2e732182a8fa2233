package actors

import (
	"sync/atomic"

	"github.com/asynkron/protoactor-go/actor"
)

// mailbox is the queue of an actor that gathers. It differs from the framework's in two points. Its actor sees whether
// more waits. And a prompt message, whose sender has nothing better to do, is handled on the sender's goroutine if the
// actor is at rest: no other goroutine has to be woken for it.
type mailbox struct {
	user, system postQueue
	state        atomic.Int32
	suspended    atomic.Bool
	invoker      actor.MessageInvoker
	dispatcher   actor.Dispatcher
	work         func() // goOn, made once
}

// The states of a mailbox.
const (
	atRest int32 = iota
	atWork
)

var _ actor.Mailbox = (*mailbox)(nil)

// gathering are the props of an actor that has such a mailbox.
func gathering(box *mailbox) []actor.PropsOption {
	return []actor.PropsOption{actor.WithMailbox(func() actor.Mailbox { return box }), actor.WithDispatcher(behind{})}
}

// promptly says that a message is prompt.
func promptly(message any) bool {
	m, ok := message.(interface{ isPrompt() bool })
	return ok && m.isPrompt()
}

// promptTurn is how many messages a sender handles at most, for others among them. Then another goroutine goes on.
const promptTurn = 64

// RegisterHandlers implements actor.Mailbox.
func (b *mailbox) RegisterHandlers(invoker actor.MessageInvoker, dispatcher actor.Dispatcher) {
	b.invoker, b.dispatcher = invoker, dispatcher
	b.work = b.goOn
}

// Start implements actor.Mailbox.
func (b *mailbox) Start() {}

// UserMessageCount implements actor.Mailbox. Nobody asks for it.
func (b *mailbox) UserMessageCount() int { return 0 }

// PostUserMessage implements actor.Mailbox.
func (b *mailbox) PostUserMessage(message any) {
	b.user.push(message)
	if b.state.CompareAndSwap(atRest, atWork) && (!promptly(message) || b.turn(promptTurn)) {
		b.dispatcher.Schedule(b.work)
	}
}

// PostSystemMessage implements actor.Mailbox.
func (b *mailbox) PostSystemMessage(message any) {
	b.system.push(message)
	if b.state.CompareAndSwap(atRest, atWork) {
		b.dispatcher.Schedule(b.work)
	}
}

// goOn handles what waits.
func (b *mailbox) goOn() {
	if b.turn(b.dispatcher.Throughput()) {
		b.dispatcher.Schedule(b.work)
	}
}

// turn handles messages, and says whether there are more than the limit. Otherwise the actor is at rest, or it is
// another goroutine's already.
func (b *mailbox) turn(limit int) (more bool) {
	for {
		if b.handle(limit) {
			return true
		}
		b.state.Store(atRest)
		if !b.posted() || !b.state.CompareAndSwap(atRest, atWork) {
			return false
		}
	}
}

// posted says that something has come since the last look. It may be asked at rest.
func (b *mailbox) posted() bool {
	return b.system.newest.Load() != nil || b.user.newest.Load() != nil && !b.suspended.Load()
}

// waits says that there is another message. Only the actor may ask.
func (b *mailbox) waits() bool { return b.user.oldest != nil || b.user.newest.Load() != nil }

// handle says whether it stopped at the limit.
func (b *mailbox) handle(limit int) bool {
	var message any
	defer func() {
		if reason := recover(); reason != nil {
			b.invoker.EscalateFailure(reason, message)
		}
	}()
	for range limit {
		if message = b.system.pop(); message != nil {
			b.handleSystem(message)
			continue
		}
		if b.suspended.Load() {
			return false
		}
		if message = b.user.pop(); message == nil {
			return false
		}
		b.invoker.InvokeUserMessage(message)
	}
	return true
}

func (b *mailbox) handleSystem(message any) {
	switch message.(type) {
	case *actor.SuspendMailbox:
		b.suspended.Store(true)
	case *actor.ResumeMailbox:
		b.suspended.Store(false)
	default:
		b.invoker.InvokeSystemMessage(message)
	}
}

// behind runs an actor behind everything that is ready on the sender's processor. So those who are about to tell the
// actor something do, and it handles that at once. Other than a yield it does not wait for goroutines that every
// processor may run, such as those that compute for long.
type behind struct{}

// Schedule implements actor.Dispatcher. What was started last is run next, and what it replaces is run last.
func (behind) Schedule(f func()) {
	go f()
	go nothing()
}

func nothing() {}

// Throughput implements actor.Dispatcher: after so many messages an actor lets others go on, as the framework's default
// has it.
func (behind) Throughput() int { return 300 }

// postQueue is first in, first out. Anybody may push, one goroutine at a time pops.
type postQueue struct {
	newest atomic.Pointer[post] // what was pushed, linked to what was before it
	oldest *post                // what was taken out of that, linked to what comes after it
}

type post struct {
	message any
	next    *post
}

func (q *postQueue) push(message any) {
	p := &post{message: message}
	for {
		p.next = q.newest.Load()
		if q.newest.CompareAndSwap(p.next, p) {
			return
		}
	}
}

// pop returns the next message, nil if there is none.
func (q *postQueue) pop() any {
	if q.oldest == nil {
		if q.newest.Load() == nil {
			return nil
		}
		for p := q.newest.Swap(nil); p != nil; {
			p.next, q.oldest, p = q.oldest, p, p.next
		}
	}
	p := q.oldest
	q.oldest = p.next
	return p.message
}
