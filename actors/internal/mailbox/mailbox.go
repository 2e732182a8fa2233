package mailbox

import (
	"sync/atomic"

	"github.com/asynkron/protoactor-go/actor"
)

// Lending is a message whose sender may lend its goroutine, for which L stands; nil if it does not.
type Lending[L any] interface{ Lender() *L }

// Mailbox is one actor's. It is safe for concurrent use.
type Mailbox[L any] struct {
	start   func(func())
	invoker actor.MessageInvoker
	process func() // on a goroutine of start; made once

	user, system queue
	running      atomic.Bool
	suspended    atomic.Bool
	lent         *L             // of whoever runs
	short        func(any) bool // the actor's, see Shorten
}

var _ actor.Mailbox = (*Mailbox[int])(nil)

// New makes a mailbox whose messages are processed by start, which runs a function on another goroutine, if no sender
// lends his own.
func New[L any](start func(func())) *Mailbox[L] {
	m := &Mailbox[L]{start: start}
	m.process = func() { m.run(nil) }
	return m
}

// Producer is for actor.WithMailbox. It serves one actor.
func (m *Mailbox[L]) Producer() actor.MailboxProducer { return func() actor.Mailbox { return m } }

// Lent returns who lends the goroutine that the actor receives on; nil if nobody does. Only the actor may call it,
// while it receives.
func (m *Mailbox[L]) Lent() *L { return m.lent }

// Shorten has the actor receive the messages that short takes by short instead of through the framework, which knows of
// them no more than of what they lead to: its context, its props and its process are memory that each message of a
// quiet actor would have to fetch. short says whether it took the message; nil takes none. Only the actor may call it,
// while it receives, and must take it back when it has stopped.
func (m *Mailbox[L]) Shorten(short func(message any) bool) { m.short = short }

// RegisterHandlers implements actor.Mailbox. The dispatcher is not used.
func (m *Mailbox[L]) RegisterHandlers(invoker actor.MessageInvoker, _ actor.Dispatcher) {
	m.invoker = invoker
}

// Start implements actor.Mailbox.
func (*Mailbox[L]) Start() {}

// UserMessageCount implements actor.Mailbox.
func (m *Mailbox[L]) UserMessageCount() int { return int(max(0, m.user.count.Load())) }

// PostSystemMessage implements actor.Mailbox.
func (m *Mailbox[L]) PostSystemMessage(message any) {
	m.system.push(message)
	m.schedule(nil)
}

// PostUserMessage implements actor.Mailbox.
func (m *Mailbox[L]) PostUserMessage(message any) {
	var lender *L
	if by, lends := message.(Lending[L]); lends {
		lender = by.Lender() // before another goroutine may have the message
	}
	m.user.push(message)
	m.schedule(lender)
}

func (m *Mailbox[L]) schedule(lender *L) {
	switch {
	case !m.running.CompareAndSwap(false, true):
	case lender != nil:
		m.run(lender)
	default:
		m.start(m.process)
	}
}

// lentFor is how many messages a lender's goroutine processes, and turn how many another does until it lets others run.
const (
	lentFor = 8
	turn    = 300
)

// run processes messages until there are none, or it was enough.
func (m *Mailbox[L]) run(lender *L) {
	limit := turn
	if lender != nil {
		limit = lentFor
	}
	for {
		m.lent = lender
		m.some(limit)
		m.lent = nil
		if m.pending() {
			m.start(m.process)
			return
		}
		m.running.Store(false)
		if !m.pending() || !m.running.CompareAndSwap(false, true) {
			return
		}
	}
}

// pending says that there is something to process.
func (m *Mailbox[L]) pending() bool {
	return m.system.count.Load() > 0 || m.user.count.Load() > 0 && !m.suspended.Load()
}

// some processes up to limit messages.
func (m *Mailbox[L]) some(limit int) {
	var message any
	defer func() {
		if reason := recover(); reason != nil {
			m.invoker.EscalateFailure(reason, message)
		}
	}()
	for range limit {
		if message = m.system.pop(); message != nil {
			m.takeSystem(message)
			continue
		}
		if m.suspended.Load() {
			return
		}
		if message = m.user.pop(); message == nil {
			return
		}
		if m.short == nil || !m.short(message) {
			m.invoker.InvokeUserMessage(message)
		}
	}
}

func (m *Mailbox[L]) takeSystem(message any) {
	switch message.(type) {
	case *actor.SuspendMailbox:
		m.suspended.Store(true)
	case *actor.ResumeMailbox:
		m.suspended.Store(false)
	default:
		m.invoker.InvokeSystemMessage(message)
	}
}
