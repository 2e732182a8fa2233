package cluster

import "context"

// Host runs bots on a node. Its methods are called from several goroutines and return soon.
type Host interface {
	// Lacks says which bots cannot run here, for want of a secret perhaps. bots are all that there are, by name, with
	// their revisions, and must not be changed. It is asked whenever they have changed, and every 5 s while something is
	// lacking.
	Lacks(bots map[string]Desired) []string
	// Start begins to run a bot. From then on until Done is closed this node owns it.
	Start(Grant) Running
}

// Meter is a Host that knows how busy its bots are. Bots are placed by that; those of another Host all weigh the same.
type Meter interface {
	// Messages returns how many messages each bot that runs here has received and sent so far, by name. It is asked every
	// ten seconds, on a goroutine of its own. A number that goes down begins anew.
	Messages() map[string]uint64
}

// Desired is what a bot is to be.
type Desired struct {
	// JSON is what the operators applied; the cluster does not look into it.
	JSON string
	// Revision rises with each change.
	Revision int64
}

// Grant is a bot with the epoch of its claim, which is higher than that of everybody who ran the bot before.
type Grant struct {
	Bot   string
	Epoch int64
	Desired
}

// Running is a bot that runs.
type Running interface {
	// Change tells what the bot is to be from now on.
	Change(Desired)
	// Stop ends the bot in order, and lets what it does come to an end.
	Stop()
	// Cut ends the bot at once. Its connections, if they came from Node.Dial, have ended by then.
	Cut()
	// Done is closed when nothing of the bot runs any more, whether it was told to end or not.
	Done() <-chan struct{}
	// Serve carries out what somebody asked of the bot, on this node or another one. It runs on a goroutine of its own.
	Serve(ctx context.Context, r Request) (Reply, error)
}

// Request is what a bot is asked for. What the names mean is the host's business.
type Request struct {
	Method string
	Meta   map[string]string
	Body   []byte
}

// Reply is what a bot answers.
type Reply struct {
	Meta map[string]string
	Body []byte
}
