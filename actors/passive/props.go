package passive

import (
	"sync"

	"github.com/asynkron/protoactor-go/actor"
)

// Props is what the passive actors of one kind are spawned with. The framework wants props for each actor that has a
// mailbox of its own; here they are made once, and go to another actor of the kind when one has passivated. Its methods
// may be called from any goroutine.
type Props struct{ free sync.Pool }

// NewProps makes the props of a kind, which need neither a producer nor a mailbox.
func NewProps(options ...actor.PropsOption) *Props {
	kind := &Props{}
	kind.free.New = func() any { return kind.activation(options) }
	return kind
}

// activation is the framework's props, which one actor at a time has.
type activation struct {
	kind  *Props
	props *actor.Props
	box   *Mailbox
}

func (p *Props) activation(options []actor.PropsOption) *activation {
	a := &activation{kind: p}
	a.props = actor.PropsFromProducer(func() actor.Actor { return a.box.resting }, options...)
	a.props.Configure(actor.WithMailbox(func() actor.Mailbox { return a.box }))
	return a
}

// Of returns the framework's props of an actor that is about to be spawned with the mailbox that its Activator got.
func (p *Props) Of(resting Resting, box *Mailbox) *actor.Props {
	a := p.free.Get().(*activation)
	a.box, box.resting, box.activation = box, resting, a
	return a.props
}

// giveBack says that the actor has passivated.
func (a *activation) giveBack() {
	a.box = nil
	a.kind.free.Put(a)
}
