package deliver

import (
	"context"
	"sync"

	"hermod/actors"
	"hermod/cmd/hermod/internal/fleet"
	"hermod/cmd/hermod/internal/record"
	"hermod/wire"
)

// Streams keep a stream for each bot, across restarts of its relay. Its methods may be called from any goroutine.
type Streams struct {
	deadLetters *DeadLetters

	mu      sync.Mutex
	byBot   map[*fleet.Bot]*Stream
	sweepAt int // how many streams have those of bots that have left looked for
}

// leastSweep is how many streams are kept without looking whether their bots have left.
const leastSweep = 16

func newStreams(k *DeadLetters) *Streams {
	return &Streams{byBot: make(map[*fleet.Bot]*Stream), deadLetters: k}
}

// Of returns the bot's stream. That of a bot that has left is forgotten once there are twice as many as after the last
// time that some were forgotten.
func (s *Streams) Of(bot *fleet.Bot) *Stream {
	s.mu.Lock()
	defer s.mu.Unlock()
	stream := s.byBot[bot]
	if stream == nil {
		s.sweep()
		stream = newStream()
		s.byBot[bot] = stream
	}
	return stream
}

// sweep forgets the streams of bots that have left; the lock is held. A goroutine for each bot would cost more than all
// that it forgets.
func (s *Streams) sweep() {
	if len(s.byBot) < s.sweepAt {
		return
	}
	for bot := range s.byBot {
		select {
		case <-bot.Done():
			delete(s.byBot, bot)
		default:
		}
	}
	s.sweepAt = max(leastSweep, 2*len(s.byBot))
}

func (s *Streams) newDeliverer(_ context.Context, t fleet.Target) (fleet.Deliverer, error) {
	made := &streamed{bot: t.Bot, streams: s, report: t.Report, subcommands: t.Config.Session.Subcommands()}
	s.deadLetters.enlist(t.Bot.Name(), made)
	return made, nil
}

// streamed puts a bot's deliveries into its stream and waits until a reader acknowledges them.
type streamed struct {
	bot     *fleet.Bot
	streams *Streams
	report  func(fleet.Health)

	subcommands []string

	mu      sync.Mutex
	used    *Stream // nil before the first delivery, which most bots wait for
	unwatch func()
}

func (s *streamed) stream() *Stream {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.used == nil {
		s.used = s.streams.Of(s.bot)
		s.unwatch = s.used.watch(s.bot.Name(), s.report)
	}
	return s.used
}

// Inbound waits for the acknowledgement of an event.
func (s *streamed) Inbound(ctx context.Context, d *actors.Inbound) error {
	from := traced(ctx, inboundOrigin(s.bot.Name(), d))
	return s.stream().offer(ctx, from.ID, record.Inbound(from, d, s.subcommands...))
}

// Passthrough waits for the acknowledgement of a forwarded request.
func (s *streamed) Passthrough(ctx context.Context, d *actors.Passthrough) error {
	from := traced(ctx, passthroughOrigin(s.bot.Name(), d))
	return s.stream().offer(ctx, from.ID, record.Passthrough(from, d))
}

// Interrupt tells those who read; nobody acknowledges it.
func (s *streamed) Interrupt(ctx context.Context, i wire.InterruptInbound) {
	from := traced(ctx, interruptOrigin(s.bot.Name()))
	s.stream().tell(from.ID, record.Interrupt(from, i))
}

// DeadLetter waits for the acknowledgement of a frame that could not be decoded.
func (s *streamed) DeadLetter(ctx context.Context, d *actors.DeadLetter) error {
	from := traced(ctx, deadLetterOrigin(s.bot.Name(), d))
	return s.stream().offer(ctx, from.ID, record.DeadLetter(from, d))
}

// replay waits for the acknowledgement of a record.
func (s *streamed) replay(ctx context.Context, id string, line []byte) error {
	return s.stream().offer(ctx, id, line)
}

// Health implements fleet.HealthTeller.
func (s *streamed) Health() fleet.Health {
	s.mu.Lock()
	used := s.used
	s.mu.Unlock()
	if used == nil {
		return fleet.Health{}
	}
	return used.health()
}

// Close ends the reports: what was offered was withdrawn when the relay ended.
func (s *streamed) Close(context.Context) error {
	s.streams.deadLetters.dismiss(s.bot.Name(), s)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.used != nil {
		s.unwatch()
	}
	return nil
}
