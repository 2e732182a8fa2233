package actors

import (
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"hermod/supervisor"
)

// abortedDial stands for a dial that is still under way when its link stops, among the children of the link: the
// framework counts the link out, and then the relay, only after it. So a successor finds neither the dial nor its
// socket. It implements actor.Process, since an actor would have to block.
type abortedDial struct {
	registry   *actor.ProcessRegistryValue
	self, link *actor.PID
	over       <-chan struct{} // closed by the dial
}

// adoptDial has the framework wait for the dial when it stops the link.
func adoptDial(ctx actor.Context, over <-chan struct{}) {
	d := &abortedDial{registry: ctx.ActorSystem().ProcessRegistry, link: ctx.Self(), over: over}
	d.self, _ = d.registry.Add(d, d.link.Id+"/dial")
	supervisor.Adopt(ctx, d.self)
}

// end waits for the dial, which was told to end, for a teardownStep: a gateway's Dial may take no notice of that.
func (d *abortedDial) end() {
	limit := time.NewTimer(teardownStep)
	defer limit.Stop()
	select {
	case <-d.over:
	case <-limit.C:
	}
	d.registry.Remove(d.self)
	link, _ := d.registry.Get(d.link)
	link.SendSystemMessage(d.link, &actor.Terminated{Who: d.self})
}

// SendSystemMessage implements actor.Process: the framework stops each child of an actor once.
func (d *abortedDial) SendSystemMessage(_ *actor.PID, m any) {
	if _, stop := m.(*actor.Stop); stop {
		go d.end()
	}
}

// SendUserMessage implements actor.Process; nobody sends any.
func (d *abortedDial) SendUserMessage(*actor.PID, any) {}

// Stop implements actor.Process; only the link's end stops it.
func (d *abortedDial) Stop(*actor.PID) {}
