package cluster

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	"google.golang.org/protobuf/proto"

	"hermod/cluster/message"
	"hermod/cluster/registry"
)

const (
	// callTimeout bounds a call whose context has no deadline.
	callTimeout = 30 * time.Second
	// askAgain is the pause before a node that does not run the bot yet, or no longer, is asked again.
	askAgain = 50 * time.Millisecond
	// grace is how long after its deadline a call waits for the answer that says so.
	grace = 250 * time.Millisecond
)

// Call asks the node that runs a bot, which may be this one, and returns the answer. While nobody runs the bot it
// waits. It ends with ctx, and after 30 s if ctx has no deadline. The error is a *CallError. A request that may have
// reached a bot is not sent twice.
func (n *Node) Call(ctx context.Context, bot string, r Request) (Reply, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	c := &call{node: n, ctx: ctx, bot: bot, message: &message.Call{Schema: uint32(message.Oldest), Bot: bot,
		Method: r.Method, Meta: r.Meta, Body: r.Body}}
	if proto.Size(c.message) > MaxBody {
		return Reply{}, c.failed("", false, ErrTooLarge)
	}
	for {
		news := n.News()
		view := n.View()
		if view != nil {
			if _, known := view.Bots[bot]; !known {
				return Reply{}, c.failed("", false, ErrNoBot)
			}
			if node, owner, epoch, owned := view.Owner(bot); owned {
				reply, err := c.ask(node, owner.Address, epoch)
				if !errors.Is(err, ErrNotRunning) {
					return reply, err
				}
			}
		}
		if err := c.wait(news, view); err != nil {
			return Reply{}, err
		}
	}
}

// call is one request on its way.
type call struct {
	node    *Node
	ctx     context.Context
	bot     string
	message *message.Call
}

func (c *call) failed(node string, ambiguous bool, err error) error {
	return &CallError{Bot: c.bot, Node: node, Ambiguous: ambiguous, Err: err}
}

// wait waits for a state of the cluster in which the bot may run.
func (c *call) wait(news <-chan struct{}, view *registry.View) error {
	var again <-chan time.Time
	if view != nil {
		if _, _, _, owned := view.Owner(c.bot); owned {
			again = time.After(askAgain)
		}
	}
	select {
	case <-news:
	case <-again:
	case <-c.node.left:
		return c.failed("", false, ErrClosed)
	case <-c.ctx.Done():
		return c.failed("", false, fmt.Errorf("%w: %w", ErrNoOwner, c.ctx.Err()))
	}
	return nil
}

// ask asks a node once. ErrNotRunning says that the request was not carried out.
func (c *call) ask(node, address string, epoch int64) (Reply, error) {
	deadline, _ := c.ctx.Deadline()
	left := time.Until(deadline)
	if left <= 0 {
		return Reply{}, c.failed("", false, fmt.Errorf("%w: %w", ErrNoOwner, context.DeadlineExceeded))
	}
	pid := actor.NewPID(address, idOf(c.bot, epoch))
	sent := proto.CloneOf(c.message)
	sent.TimeoutMs = uint32(left / time.Millisecond)
	future := c.node.peers.ActorSystem.Root.RequestFuture(pid, sent, left+grace)
	answered := make(chan any, 1)
	go func() {
		answer, err := future.Result()
		if err != nil {
			answered <- err
			return
		}
		answered <- answer
	}()
	for {
		news := c.node.News()
		if _, _, now, owned := c.node.View().Owner(c.bot); !owned || now != epoch {
			select {
			case answer := <-answered:
				return c.judge(node, answer)
			case <-time.After(grace): // it may be on its way
				return Reply{}, c.failed(node, true, ErrLost)
			}
		}
		select {
		case answer := <-answered:
			return c.judge(node, answer)
		case <-news:
		case <-c.ctx.Done():
			return Reply{}, c.failed(node, true, c.ctx.Err())
		}
	}
}

// judge turns what came back into a reply or an error.
func (c *call) judge(node string, came any) (Reply, error) {
	switch came := came.(type) {
	case *message.Answer:
		switch came.Failure {
		case message.Failure_NONE:
			return Reply{Meta: came.Meta, Body: came.Body}, nil
		case message.Failure_NOT_RUNNING:
			return Reply{}, ErrNotRunning
		case message.Failure_UNKNOWN_SCHEMA:
			return Reply{}, c.failed(node, false, ErrSchema)
		case message.Failure_OVERLOADED:
			return Reply{}, c.failed(node, false, ErrOverloaded)
		case message.Failure_TOO_LARGE:
			return Reply{}, c.failed(node, true, ErrTooLarge)
		default:
			return Reply{}, c.failed(node, true, errors.New(came.Detail))
		}
	case error:
		if errors.Is(came, actor.ErrDeadLetter) {
			return Reply{}, ErrNotRunning
		}
		return Reply{}, c.failed(node, true, came)
	default:
		return Reply{}, c.failed(node, true, fmt.Errorf("the answer is a %T", came))
	}
}
