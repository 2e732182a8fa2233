package cluster

import "github.com/asynkron/protoactor-go/actor"

// mailbox is the framework's, for an actor that others can address before it is there: they know its name from the
// claim. The framework registers an actor's name first and gives its mailbox a dispatcher after that, so that a message
// in between would end the process.
type mailbox struct {
	actor.Mailbox
	registered, started chan struct{}
}

func newMailbox() actor.Mailbox {
	return &mailbox{Mailbox: actor.Unbounded()(), registered: make(chan struct{}), started: make(chan struct{})}
}

// RegisterHandlers implements actor.Mailbox.
func (m *mailbox) RegisterHandlers(invoker actor.MessageInvoker, dispatcher actor.Dispatcher) {
	m.Mailbox.RegisterHandlers(invoker, dispatcher)
	close(m.registered)
}

// Start implements actor.Mailbox: the actor has been told that it has started.
func (m *mailbox) Start() {
	m.Mailbox.Start()
	close(m.started)
}

// PostUserMessage implements actor.Mailbox. It waits for whoever spawns the actor, which is a moment.
func (m *mailbox) PostUserMessage(message any) {
	<-m.started
	m.Mailbox.PostUserMessage(message)
}

// PostSystemMessage implements actor.Mailbox. It waits as PostUserMessage does.
func (m *mailbox) PostSystemMessage(message any) {
	<-m.registered
	m.Mailbox.PostSystemMessage(message)
}
