package pipe

import (
	"context"
	"io"

	"hermod/actors"
	"hermod/wire"
)

// Session is a program that speaks the lines of 'hermod pipe': it gets records and gives commands. Its methods may be
// called from any goroutine, Read from one.
type Session struct {
	relay     func() (*actors.Relay, bool)
	manualAck bool
	out       *recorder
	commands  *inFlight
	observe   Observe
	acks      acks
}

// New returns a session that writes its records to out, which errors call by that name, from a goroutine that ends with
// Finish or Fail. relay finds the relay that commands are for; false is none. With manualAck, a buffered delivery is
// taken by the command ack, not when its record was written.
func New(out io.Writer, name string, relay func() (*actors.Relay, bool), manualAck bool) *Session {
	return &Session{relay: relay, manualAck: manualAck, out: newRecorder(out, name), commands: newInFlight(MaxCommands),
		observe: func(context.Context, wire.Action, string) func(wire.Result, error) {
			return func(wire.Result, error) {}
		}}
}

// Observe is called with an action before it is handed to the relay. It returns a function for the outcome. ctx has the
// trace that the command names.
type Observe func(ctx context.Context, a wire.Action, platform string) func(wire.Result, error)

// Observe sets what is told of the session's actions. Call it before Read.
func (s *Session) Observe(o Observe) { s.observe = o }

// Put writes a record, which must end in a line break and not change any more, and returns once it is out, or the
// output has failed, or ctx has ended; then it may still get out.
func (s *Session) Put(ctx context.Context, record []byte) error { return s.out.put(ctx, record) }

// Deliver puts a delivery's record, and waits for the command that acknowledges it if the session wants that.
func (s *Session) Deliver(ctx context.Context, bufferID string, record []byte) error {
	if !s.manualAck || bufferID == "" {
		return s.Put(ctx, record)
	}
	acked := s.acks.expect(bufferID)
	defer s.acks.forget(bufferID, acked)
	if err := s.Put(ctx, record); err != nil {
		return err
	}
	select {
	case <-acked:
		return nil
	case <-s.out.failed.Done():
		return s.out.err()
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Refuse stops further commands from starting.
func (s *Session) Refuse() { s.commands.refuse() }

// Wait returns when no command waits for its answer after Refuse, or ctx has ended, or the output has failed. It may be
// called again, by the same goroutine.
func (s *Session) Wait(ctx context.Context) { s.commands.wait(ctx, s.out.failed) }

// Finish writes the last record, unless it stands there already, and returns the output's error. Every later Put fails.
func (s *Session) Finish(last []byte) error { return s.out.finish(last) }

// Fail ends the output, also while it hangs in a write; only the first error counts.
func (s *Session) Fail(err error) { s.out.fail(err) }

// Failed is closed when the output has failed; Err says why.
func (s *Session) Failed() <-chan struct{} { return s.out.failed.Done() }

// Err is what ended the output, nil as long as it works.
func (s *Session) Err() error { return s.out.err() }
