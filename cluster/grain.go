package cluster

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"strconv"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	framework "github.com/asynkron/protoactor-go/cluster"
	"google.golang.org/protobuf/proto"

	"hermod/cluster/message"
)

// kind is that of the virtual actors that are bots.
const kind = "bot"

// maxServing bounds the calls of one bot that are under way; further ones are refused.
const maxServing = 256

// What the keeper says to a grain.
type (
	begin  struct{ grant Grant }
	change struct{ desired Desired }
	stop   struct{}
	cut    struct{}
)

// What a grain's goroutines say to it.
type (
	ended  struct{}
	served struct{}
)

// grain is a bot on the node that owns it: a virtual actor whose identity is the bot's name. It lives as long as the
// claim; the keeper begins it and hears of its end.
type grain struct {
	node    *Node
	grant   Grant
	running Running // nil before it was begun
	serving int
	ctx     context.Context // of calls
	cancel  context.CancelFunc
}

func grainKind(n *Node) *framework.Kind {
	return framework.NewKind(kind,
		actor.PropsFromProducer(func() actor.Actor { return &grain{node: n} }, actor.WithMailbox(newMailbox)))
}

// idOf names a grain's actor: one epoch's name is never another's.
func idOf(bot string, epoch int64) string {
	return kind + "/" + bot + "/" + strconv.FormatInt(epoch, 10)
}

// Receive implements actor.Actor.
func (g *grain) Receive(ctx actor.Context) {
	switch m := ctx.Message().(type) {
	case *actor.Started, *framework.ClusterInit, *actor.Stopped, *actor.Restarting:
	case *begin:
		g.begin(ctx, m.grant)
	case *change:
		g.told(func() { g.running.Change(m.desired) })
	case *stop:
		g.told(func() { g.running.Stop() })
	case *cut:
		g.told(func() { g.running.Cut() })
	case *message.Call:
		g.call(ctx, m)
	case *served:
		g.serving--
	case *ended:
		g.end(ctx)
	case *actor.Stopping:
		if g.cancel != nil {
			g.cancel()
		}
	default:
		g.node.cfg.Logger.Warn("a bot's actor was sent something else", "type", fmt.Sprintf("%T", m))
	}
}

func (g *grain) begin(ctx actor.Context, grant Grant) {
	g.grant = grant
	g.ctx, g.cancel = context.WithCancel(context.Background())
	root, self := ctx.ActorSystem().Root, ctx.Self()
	g.told(func() { g.running = g.node.cfg.Host.Start(grant) })
	if g.running == nil {
		root.Send(self, &ended{})
		return
	}
	go func(done <-chan struct{}) {
		<-done
		root.Send(self, &ended{})
	}(g.running.Done())
}

// told has the host do something; a panic of its costs one bot.
func (g *grain) told(do func()) {
	defer func() {
		if reason := recover(); reason != nil {
			g.node.cfg.Logger.Error("the bots' host failed", "bot", g.grant.Bot, "reason", reason, "stack", string(debug.Stack()))
		}
	}()
	do()
}

// end tells the keeper, which gives the claim back.
func (g *grain) end(ctx actor.Context) {
	bot, epoch, node := g.grant.Bot, g.grant.Epoch, g.node
	g.running = nil
	ctx.Stop(ctx.Self())
	go node.post(func(k *keeper) { k.ended(bot, epoch) })
}

// call serves a call on a goroutine of its own, or refuses it.
func (g *grain) call(ctx actor.Context, m *message.Call) {
	asker, root, self := ctx.Sender(), ctx.ActorSystem().Root, ctx.Self()
	refuse := func(why message.Failure) {
		if asker != nil {
			root.Send(asker, &message.Answer{Schema: uint32(message.Schema), Failure: why})
		}
	}
	switch {
	case m.Schema > uint32(message.Schema) || m.Schema < uint32(message.Oldest):
		refuse(message.Failure_UNKNOWN_SCHEMA)
	case g.running == nil || m.Bot != g.grant.Bot:
		refuse(message.Failure_NOT_RUNNING)
	case g.serving >= maxServing:
		refuse(message.Failure_OVERLOADED)
	default:
		g.serving++
		serve, wait := g.running.Serve, time.Duration(m.TimeoutMs)*time.Millisecond
		go func() {
			defer root.Send(self, &served{})
			serving, cancel := context.WithTimeout(g.ctx, wait)
			defer cancel()
			answer := answerTo(serving, serve, m)
			late := answer.Failure == message.Failure_FAILED && errors.Is(serving.Err(), context.DeadlineExceeded)
			if asker != nil && !late { // of a late one the caller's own time is over, and says so better
				root.Send(asker, answer)
			}
		}()
	}
}

// answerTo is what becomes of a call.
func answerTo(ctx context.Context, serve func(context.Context, Request) (Reply, error),
	m *message.Call) (answer *message.Answer) {
	answer = &message.Answer{Schema: uint32(message.Schema)}
	defer func() {
		if reason := recover(); reason != nil {
			answer = &message.Answer{Schema: uint32(message.Schema), Failure: message.Failure_FAILED, Detail: "the bot's host panicked"}
		}
	}()
	reply, err := serve(ctx, Request{Method: m.Method, Meta: m.Meta, Body: m.Body})
	switch {
	case errors.Is(err, ErrNotRunning):
		answer.Failure = message.Failure_NOT_RUNNING
	case err != nil:
		answer.Failure, answer.Detail = message.Failure_FAILED, err.Error()
	default:
		answer.Meta, answer.Body = reply.Meta, reply.Body
		if proto.Size(answer) > MaxBody {
			return &message.Answer{Schema: uint32(message.Schema), Failure: message.Failure_TOO_LARGE}
		}
	}
	return answer
}
