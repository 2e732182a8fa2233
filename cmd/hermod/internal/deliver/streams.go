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
	mu    sync.Mutex
	byBot map[*fleet.Bot]*Stream
}

func newStreams() *Streams { return &Streams{byBot: make(map[*fleet.Bot]*Stream)} }

// Of returns the bot's stream. It is forgotten when the bot leaves the fleet.
func (s *Streams) Of(bot *fleet.Bot) *Stream {
	s.mu.Lock()
	defer s.mu.Unlock()
	stream := s.byBot[bot]
	if stream == nil {
		stream = newStream()
		s.byBot[bot] = stream
		go s.forget(bot)
	}
	return stream
}

func (s *Streams) forget(bot *fleet.Bot) {
	<-bot.Done()
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.byBot, bot)
}

func (s *Streams) newDeliverer(_ context.Context, t fleet.Target) (fleet.Deliverer, error) {
	return &streamed{bot: t.Bot.Name(), stream: s.Of(t.Bot)}, nil
}

// streamed puts a bot's deliveries into its stream and waits until a reader acknowledges them.
type streamed struct {
	bot    string
	stream *Stream
}

// Inbound waits for the acknowledgement of an event.
func (s *streamed) Inbound(ctx context.Context, d *actors.Inbound) error {
	from := traced(ctx, inboundOrigin(s.bot, d))
	return s.stream.offer(ctx, from.ID, record.Inbound(from, d))
}

// Passthrough waits for the acknowledgement of a forwarded request.
func (s *streamed) Passthrough(ctx context.Context, d *actors.Passthrough) error {
	from := traced(ctx, passthroughOrigin(s.bot, d))
	return s.stream.offer(ctx, from.ID, record.Passthrough(from, d))
}

// Interrupt tells those who read; nobody acknowledges it.
func (s *streamed) Interrupt(ctx context.Context, i wire.InterruptInbound) {
	from := traced(ctx, interruptOrigin(s.bot))
	s.stream.tell(from.ID, record.Interrupt(from, i))
}

// DeadLetter waits for the acknowledgement of a frame that could not be decoded.
func (s *streamed) DeadLetter(ctx context.Context, d *actors.DeadLetter) error {
	from := traced(ctx, deadLetterOrigin(s.bot, d))
	return s.stream.offer(ctx, from.ID, record.DeadLetter(from, d))
}

// Close has nothing to end: what was offered was withdrawn when the relay ended.
func (s *streamed) Close(context.Context) error { return nil }
