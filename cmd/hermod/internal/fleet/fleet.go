package fleet

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"

	"github.com/asynkron/protoactor-go/actor"

	"hermod/actors"
	"hermod/cmd/hermod/internal/config"
)

// Conditions that errors.Is finds in what this package returns.
var (
	// ErrClosed: the fleet is closing or closed, or the bot has left it.
	ErrClosed = errors.New("the fleet is closed")
	// ErrNotRunning: no relay of the bot runs right now.
	ErrNotRunning = errors.New("the bot is not running")
)

// StartError is why a bot could not start, with what the user can do.
type StartError struct {
	Err  error
	Hint string
}

// Error is the cause's.
func (e *StartError) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *StartError) Unwrap() error { return e.Err }

// Options describe a fleet.
type Options struct {
	// Deliverers make what takes a bot's deliveries, by config.Deliver.Kind.
	Deliverers map[string]NewDeliverer
	// Prepare tells the connector of a bot before its relay dials, and may fill in its credentials, in a copy. nil dials
	// at once. relay is how the bot is going to dial. Prepare runs on a goroutine of its own and may block until ctx ends.
	// report shows in the bot's status what it waits for. An error leaves the bot failed; a *StartError says what to do
	// about it.
	Prepare func(ctx context.Context, bot *config.Bot, relay actors.Config, report func(err error,
		hint string)) (*config.Bot, error)
	// Dial opens the TCP connections of every relay; nil is the relay's own way.
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)
	// Memory keeps which bots an operator disabled; nil keeps that as long as a bot is in the fleet.
	Memory Memory
	// Observer measures what passes; nil is nobody.
	Observer Observer
	// Engine bounds what all relays together may hold. Its System and Logger are the fleet's.
	Engine actors.EngineConfig
	// Logger gets one line per transition, at debug level: Watch tells of them, too. nil logs nothing.
	Logger *slog.Logger
}

// Fleet keeps the bots. Its methods may be called from any goroutine.
type Fleet struct {
	opts   Options
	engine *actors.Engine // gives the relays their props and everybody the actor system
	root   *actor.RootContext
	self   *actor.PID
	done   chan struct{} // closed when the fleet's actor has stopped
}

// tell sends the fleet's actor a message. It never blocks and may be called from any goroutine.
func (f *Fleet) tell(m toFleet) { f.root.Send(f.self, m) }

// New starts a fleet without bots. End it with Close.
func New(opts Options) (*Fleet, error) {
	if opts.Memory == nil {
		opts.Memory = forgetful{}
	}
	if opts.Observer == nil {
		opts.Observer = unobserved{}
	}
	opts.Engine.System, opts.Engine.Logger, opts.Engine.QuietTransitions = nil, opts.Logger, true
	engine, err := actors.New(opts.Engine)
	if err != nil {
		return nil, fmt.Errorf("start fleet: %w", err)
	}
	opts.Logger = engine.Logger() // a bot's lines in order with its relay's
	f := &Fleet{opts: opts, engine: engine, root: engine.System().Root, done: make(chan struct{})}
	if f.self, err = f.root.SpawnNamed(fleetProps(f), "fleet"); err != nil {
		return nil, fmt.Errorf("start fleet: %w", errors.Join(err, engine.Close(context.Background())))
	}
	return f, nil
}

// Engine returns what all relays hold together, at this moment.
func (f *Fleet) Engine() actors.EngineStatus { return f.engine.Status() }

// Apply makes the fleet be what cfg says and returns what that changes, while bots start and drain. A bot that an
// operator disabled stays so, unless its setting enabled changed. The error is ErrClosed.
func (f *Fleet) Apply(cfg *config.Config) (Changes, error) {
	reply := make(chan applied, 1)
	f.tell(&apply{cfg: cfg, reply: reply})
	answer, ok := await(reply, f.done)
	if !ok {
		return Changes{}, ErrClosed
	}
	return answer.changes, answer.err
}

// Bots returns the bots by name, those that are on their way out included.
func (f *Fleet) Bots() []*Bot {
	reply := make(chan []*Bot, 1)
	f.tell(&listBots{reply: reply})
	bots, _ := await(reply, f.done)
	return bots
}

// Statuses returns how every bot was at its last transition, by name; see Status.Live for its figures. The statuses
// must not be changed.
func (f *Fleet) Statuses() []BotStatus {
	reply := make(chan []BotStatus, 1)
	f.tell(&listStatuses{reply: reply})
	statuses, _ := await(reply, f.done)
	return statuses
}

// BotStatus is a bot and how it was at its last transition.
type BotStatus struct {
	*Bot
	Last *Status
}

// Bot returns the bot of that name.
func (f *Fleet) Bot(name string) (*Bot, bool) {
	reply := make(chan *Bot, 1)
	f.tell(&findBot{name: name, reply: reply})
	bot, _ := await(reply, f.done)
	return bot, bot != nil
}

// Watch returns the status of every bot, by name, and then each transition (of the counters alone, none). A reader that
// lags gets the newest transition of each bot, so what waits is bounded by the number of bots. The channel is closed
// when ctx or the fleet ends.
func (f *Fleet) Watch(ctx context.Context) <-chan Event {
	events := make(chan Event)
	go f.pump(ctx, events)
	return events
}

// pump takes what is new from the fleet's actor whenever its reader has taken the last.
func (f *Fleet) pump(ctx context.Context, events chan<- Event) {
	defer close(events)
	watcher := new(watcher)
	defer f.tell(&unwatch{watcher: watcher})
	for {
		batch := make(chan []news, 1)
		f.tell(&nextEvents{watcher: watcher, reply: batch})
		select {
		case fresh := <-batch:
			for _, n := range fresh {
				select {
				case events <- n.event():
				case <-ctx.Done():
					return
				case <-f.done:
					return
				}
			}
		case <-ctx.Done():
			return
		case <-f.done:
			return
		}
	}
}

// Close drains every bot side by side, then ends the fleet, and leaves no goroutine behind. At the end of ctx what
// still runs is cut off, and the error is the context's; a handler that ignores its context goes on until it returns.
func (f *Fleet) Close(ctx context.Context) error {
	deadline, _ := ctx.Deadline()
	f.tell(&closeFleet{deadline: deadline})
	var err error
	select {
	case <-f.done:
	case <-ctx.Done():
		f.tell(&hurry{})
		<-f.done
		err = fmt.Errorf("close fleet: bots were cut off while they drained: %w", ctx.Err())
	}
	return errors.Join(err, f.engine.Close(context.Background())) // it has no relays of its own, so it does not wait
}
