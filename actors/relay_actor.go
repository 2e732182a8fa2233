package actors

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"hermod/actors/internal/mailbox"
	"hermod/actors/passive"
	"hermod/messages"
	"hermod/supervisor"
)

// relayActor owns one bot's life: its state, its descriptors, who waits for the handshake and who watches the status.
// It supervises one link at a time, through LinkSupervision, and dials the next generation when the last link is gone
// and the verdict's delay is over. Requests and deliveries do not pass through it.
//
//	connecting ──▶ handshaking ──▶ ready ──▶ dormant
//	    ▲               │            │          │
//	    └───backoff ◀───┴────────────┘          │
//	    └───────────────────────────────────────┘
//	from any of them: disabled, failed, closed
type relayActor struct {
	handle     Relay       // what others have of it
	parent     Parent      // of a relay that may passivate
	link       *connection // the current link's, nil when that is gone
	generation uint64
	history    supervisor.History

	// Side by side, since there are many relays.
	settings   uint32 // of timers so far
	described  bool   // the generation got a descriptor
	dialWanted bool   // dial as soon as the last link is gone
	left       bool   // the current link is over for the relay: judged, or asked to close
	released   bool   // the relay is stopping, and its children with it

	status      condition
	descriptors descriptors // of the current or last session
	watchers    watchers
	errands     *errands // noErrands while there are none
}

// errands are what a relay is about that is not at rest.
type errands struct {
	waiting []chan<- messages.Handshake
	dozing  []doze   // calls of GoDormant whose go-idle is under way
	closing *closing // what an orderly end waits for, nil before it

	redial        *time.Timer // runs in backoff and dormant
	redialSetting uint32
	hold          *time.Timer // runs while dials are held
	holdSetting   uint32
	missed        bool // a dial came due while dials were held

	nextDial, paused time.Time          // as the status has them
	stuck            *Stuck             // as the status has it
	end              context.CancelFunc // of the context that the fatal handler gets, nil if there is none
}

// noErrands are those of relays at rest. Nobody changes them.
var noErrands = new(errands)

// begin returns errands to be changed.
func (r *relayActor) begin() *errands {
	if r.errands == noErrands {
		r.errands = new(errands)
	}
	return r.errands
}

// none says that there is nothing that a relay at rest has not.
func (e *errands) none() bool {
	return e == noErrands || len(e.waiting) == 0 && len(e.dozing) == 0 && e.closing == nil && e.redial == nil &&
		e.hold == nil && e.nextDial.IsZero() && e.paused.IsZero() && e.stuck == nil && e.end == nil
}

var underLinkSupervision = actor.WithSupervisor(supervisor.LinkSupervision{})

// inboxOf spawns a relay's inbox at the first delivery.
type inboxOf struct{ *Relay }

func (r inboxOf) spawn() *actor.PID {
	parent := r.self.Hold()
	if parent == nil {
		return nil
	}
	box := mailbox.New[turn](r.workers.start)
	pid := spawnUnder(r.tree, parent, inboxProps(&r.shared, box, Inbound{Relay: r.Relay}))
	r.box.Store(box)
	return pid
}

// welcome has nothing to tell: the reader says which connection is open.
func (inboxOf) welcome(*actor.PID) {}

// newRelay makes a relay that was not started yet, in one piece of memory.
func newRelay(cfg config, common *common, parent Parent) *relayActor {
	r := &relayActor{parent: parent, status: condition{ending: unended}, errands: noErrands}
	h := &r.handle
	h.shared.common, h.cfg = common, cfg
	h.users.begin()
	h.self.By = r
	h.registry.kind, h.inbox.kind = registryOf{&h.shared}, inboxOf{h}
	return r
}

// relayProps has each incarnation take a handle of its own.
func relayProps(incarnate func() *relayActor) *actor.Props {
	return actor.PropsFromProducer(func() actor.Actor { return incarnate() },
		underLinkSupervision, actor.WithMailbox(leanMailbox), actor.WithOnInit(introduce))
}

// introduce lets the handle of a new relay know its actor, before anybody gets to know either.
func introduce(ctx actor.Context) { ctx.Actor().(*relayActor).handle.self.AdoptForeign(ctx) }

// start activates a new relay.
func (r *Relay) start() error {
	err := r.self.Activate()
	if errors.Is(err, actor.ErrNameExists) {
		err = ErrNameTaken
	}
	return err
}

// Activate implements passive.Activator: the relay goes on where it was. Its parent stays active with it.
func (r *relayActor) Activate(box *passive.Mailbox) error {
	parent := r.parent.Hold()
	if parent == nil {
		return ErrClosed
	}
	common := r.handle.common
	_, err := supervisor.SpawnUnder(common.tree, parent, common.relayProps.Of(r, box), r.handle.Name())
	if err != nil {
		r.parent.Release()
	}
	return err
}

// Passivated implements passive.Activator.
func (r *relayActor) Passivated() { r.parent.Release() }

// Rests implements passive.resting: a relay rests while it is ready and nobody waits for anything.
func (r *relayActor) Rests() bool {
	if r.status.State != Ready || r.left || r.released || !r.errands.none() {
		return false
	}
	r.errands = noErrands
	return true
}

// Receive implements actor.Actor.
func (r *relayActor) Receive(ctx actor.Context) {
	defer supervisor.LogBug(r.handle.cfg.log, ctx)
	switch m := ctx.Message().(type) {
	case *actor.Started:
		r.start(ctx)
	case *actor.Stopping:
		r.release(ctx)
	case *actor.Restarting:
		r.release(ctx)
		r.finish()
	case *actor.Stopped:
		r.finish()
	case *actor.Terminated:
		r.childGone(ctx, m.Who)
	case *linkHandshaking:
		if m.generation == r.generation && !r.left {
			r.enter(Handshaking)
			r.handle.cfg.log().Debug("handshaking", "gen", r.generation)
		}
	case *descriptorReceived:
		r.describe(m)
	case *fence:
		m.pass()
	case *readerStopped:
		r.readerStopped(m)
	case *stuckChanged:
		r.begin().stuck = m.stuck
		r.publish()
	case *redialDue:
		r.redialDue(ctx, m.setting)
	case *holdExpired:
		if m.setting == r.errands.holdSetting {
			r.releaseHold(ctx)
		}
	case *idleSettled:
		r.idleSettled(ctx, m)
	case *drained:
		r.drained(ctx, m.by)
	case *drainExpired:
		r.drainExpired(ctx, m.stage)
	default:
		r.command(ctx)
	}
}

// command serves what the façade and other actors ask for.
func (r *relayActor) command(ctx actor.Context) {
	switch m := ctx.Message().(type) {
	case *messages.Introduce:
		ctx.Request(ctx.Sender(), &r.handle)
	case *findHandle:
		m.reply <- &r.handle
	case *messages.AwaitHandshake:
		r.awaitHandshake(m.Reply)
	case *messages.ForgetHandshake:
		r.forgetHandshake(m.Reply)
	case *messages.GetDescriptor:
		m.Reply <- r.descriptors.of(m.Platform)
	case *messages.Perform:
		r.perform(ctx, m)
	case *messages.GetStatus:
		m.Reply <- r.current()
	case *messages.WatchStatus:
		r.watch(m.Watcher)
	case *messages.UnwatchStatus:
		r.unwatch(m.Watcher)
	case *messages.GoDormant:
		r.goDormant(m)
	case *messages.ForgetDormant:
		r.forgetDormant(m.Reply)
	case *messages.Wake:
		r.wake(ctx)
	case *messages.HoldRedial:
		r.holdRedial()
	case *messages.ReleaseRedial:
		r.releaseHold(ctx)
	case *messages.CloseRelay:
		r.enterClosing(ctx, m)
	default:
		supervisor.WarnUnknown(r.handle.cfg.log, ctx)
	}
}

func (r *relayActor) start(ctx actor.Context) {
	if r.handle.self.PID() == nil { // a restarted one
		introduce(ctx)
	}
	if r.generation == 0 {
		r.dial(ctx)
	}
}

// dial spawns the next generation's link, or asks for it to be spawned when the last one is gone: two links never live
// at once.
func (r *relayActor) dial(ctx actor.Context) {
	r.stopRedial()
	if r.status.State.Final() {
		return
	}
	if r.link != nil {
		r.dialWanted = true
		return
	}
	r.dialWanted, r.left, r.described = false, false, false
	r.generation++
	r.link = newConnection(&r.handle.shared, r.generation)
	r.enter(Connecting)
	r.handle.cfg.log().Debug("connecting", "gen", r.generation)
	_ = r.link.link.LendActivate()
}

// childGone follows a child's end: a link's is the moment for the next dial, any other child's is a bug's.
func (r *relayActor) childGone(ctx actor.Context, who *actor.PID) {
	switch {
	case r.link != nil && who.Equal(r.link.link.PID()):
		r.link = nil
		r.handle.self.Release()
		if r.errands.closing != nil {
			r.finishClosing(ctx)
			return
		}
		if r.dialWanted {
			r.dial(ctx)
		}
	case (r.handle.registry.ends(who) || r.handle.inbox.ends(who)) && r.errands.closing == nil && !r.released:
		r.breakDown(who)
	}
}

// FailureOf implements supervisor.Parent.
func (r *relayActor) FailureOf(child *actor.PID, raised *supervisor.Raised) (supervisor.Policy, supervisor.Failure,
	supervisor.History, bool) {
	current := r.link != nil && child.Equal(r.link.link.PID()) && !r.left && r.errands.closing == nil
	failure := supervisor.Failure{Err: raised.Err, Handshaked: !raised.HandshakeAt.IsZero(),
		Skew: time.Duration(r.handle.skew.Load())}
	if failure.Handshaked {
		failure.Up = time.Since(raised.HandshakeAt)
	}
	return r.handle.cfg.policy, failure, r.history, current
}

// Jitter implements supervisor.Parent.
func (r *relayActor) Jitter() float64 { return r.handle.cfg.jitter() }

// Obey implements supervisor.Parent: it carries out the verdict on the link that just failed.
func (r *relayActor) Obey(ctx actor.Context, f supervisor.Failure, v supervisor.Verdict, h supervisor.History) {
	r.history = h
	r.leaveLink()
	r.recordEnd(f.Err, v)
	switch v.Outcome {
	case supervisor.Disable:
		r.enterFinal(Disabled, "relay_disabled")
	case supervisor.Fail:
		r.enterFinal(Failed, "relay_failed")
	default:
		r.status.Attempt = int32(v.Attempt)
		if v.Delay == 0 && r.errands.hold == nil {
			r.dial(ctx)
			return
		}
		r.enterBackoff(v.Delay)
	}
}

// leaveLink makes everything late that the link still says, and ends its generation: whoever learns of the new state
// must not find the old connection.
func (r *relayActor) leaveLink() {
	r.left = true
	r.handle.shared.end(r.generation)
}

func (r *relayActor) enterBackoff(delay time.Duration) {
	r.scheduleDial(delay)
	r.enter(Backoff)
	r.logTransition(slog.LevelWarn, "link ended; dialling again", "gen", r.generation, "code", r.status.CloseCode,
		"attempt", r.status.Attempt, "delay", delay, "err", r.status.LastError, "hint", r.status.Hint)
}

// perform serves a request that came as a message. Without a reply channel the outcome goes to the sender.
func (r *relayActor) perform(ctx actor.Context, m *messages.Perform) {
	reply := m.Reply
	if reply == nil {
		outcome := make(chan messages.Outcome, 1)
		reply = outcome
		go respond(ctx.ActorSystem().Root, ctx.Sender(), outcome, r.handle.done.Channel())
	}
	req := &request{reply: answerer{channel: reply}, timeout: m.Timeout}
	if _, refusal := r.handle.cfg.encode(req, nil, m.Action, m.Platform); refusal != nil {
		reply <- refusal.outcome()
		return
	}
	r.handle.begin(req, false)
}
