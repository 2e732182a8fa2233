package pipe

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"go.opentelemetry.io/otel/propagation"

	"hermod/actors"
	"hermod/cmd/hermod/internal/record"
	"hermod/wire"
)

// MaxCommands bounds the commands that wait for their answers.
const MaxCommands = 1024

// performers carry out the commands. They return once a request has its place on the wire, so that
// requests go out in the order of lines; the answer comes later. An error is what is wrong with the
// command.
var performers = map[string]func(*Session, command) error{
	"send":       (*Session).send,
	"follow_up":  (*Session).send,
	"chat_info":  (*Session).chatInfo,
	"interrupt":  (*Session).interrupt,
	"go_idle":    (*Session).goIdle,
	"go_dormant": (*Session).goIdle,
	"wake":       (*Session).wake,
	"ack":        (*Session).ack,
	"disconnect": (*Session).disconnect,
}

// ErrDisconnect is what ends Read at the command of that name.
var ErrDisconnect = errors.New("asked to disconnect")

// Read carries out commands until the input ends, or one asks to disconnect. The error is io.EOF, ErrDisconnect, or the
// input's.
func (s *Session) Read(stdin io.Reader) error {
	lines := newLineReader(stdin)
	for {
		line, err := lines.next()
		switch {
		case err == nil:
			err = s.take(bytes.TrimSpace(line))
		case errors.Is(err, errCommandTooLong):
			s.complain(command{}, err)
			continue
		}
		if err != nil {
			return err
		}
	}
}

// take carries out one line. A bad command is answered and forgotten; the error is the input's end.
func (s *Session) take(line []byte) error {
	if len(line) == 0 {
		return nil
	}
	c, err := parseCommand(line)
	if err == nil {
		err = performers[c.do](s, c)
	}
	if errors.Is(err, ErrDisconnect) {
		return err
	}
	if err != nil {
		s.complain(c, err)
	}
	return nil
}

func (s *Session) complain(c command, err error) { s.put(record.Error(c.id, err.Error())) }

// put writes a record of a command, which waits for nothing but the output. An output that failed
// ends the pipe, so nobody needs to hear of it here.
func (s *Session) put(line []byte) { _ = s.Put(context.Background(), line) }

// start has a command that was begun wait for others on a goroutine; wait returns the answer, or nil for none.
func (s *Session) start(wait func() []byte) {
	go func() {
		defer s.commands.end()
		if line := wait(); line != nil {
			s.put(line)
		}
	}()
}

func (s *Session) send(c command) error {
	action, err := c.action()
	if err != nil {
		return err
	}
	platform, via, err := c.via()
	if err != nil {
		return err
	}
	ctx, err := c.trace()
	if err != nil {
		return err
	}
	if !s.commands.begin() {
		return nil
	}
	relay, ok := s.relay()
	if !ok {
		s.start(func() []byte { return record.Result(c.id, notConnected()) })
		return nil
	}
	done := s.observe(ctx, action, platform)
	call := relay.Start(action, via...)
	s.start(func() []byte {
		result, err := call.Wait(context.Background())
		done(result, err) // a failure is in the result's words, too
		return record.Result(c.id, result)
	})
	return nil
}

// notConnected is the result of an action while no relay runs, in the words of one that has no connection.
func notConnected() wire.Result { return wire.Failure(actors.ErrNotConnected.Error(), false) }

// via reads the platform to tag the frame with.
func (c command) via() (platform string, via []actors.SendOption, err error) {
	name, err := c.optionalText("platform")
	if err != nil || name == nil {
		return "", nil, err
	}
	return *name, []actors.SendOption{actors.Via(*name)}, nil
}

// trace reads the W3C trace context that the command belongs to; one that is malformed is none.
func (c command) trace() (context.Context, error) {
	ctx := context.Background()
	parent, err := c.optionalText("traceparent")
	if err != nil || parent == nil {
		return ctx, err
	}
	return propagation.TraceContext{}.Extract(ctx, propagation.MapCarrier{"traceparent": *parent}), nil
}

func (s *Session) chatInfo(c command) error {
	chatID, err := c.text("chat_id")
	if err != nil {
		return err
	}
	platform, via, err := c.via()
	if err != nil {
		return err
	}
	ctx, err := c.trace()
	if err != nil {
		return err
	}
	if !s.commands.begin() {
		return nil
	}
	relay, ok := s.relay()
	if !ok {
		s.start(func() []byte { return record.ChatInfo(c.id, notConnected().ChatInfo(chatID), actors.ErrNotConnected) })
		return nil
	}
	question := wire.NewGetChatInfo(chatID)
	done := s.observe(ctx, question, platform)
	call := relay.Start(question, via...)
	s.start(func() []byte {
		result, err := call.Wait(context.Background())
		done(result, err)
		return record.ChatInfo(c.id, result.ChatInfo(chatID), err)
	})
	return nil
}

func (s *Session) goIdle(c command) error {
	timeout, err := c.timeout()
	if err != nil {
		return err
	}
	if !s.commands.begin() {
		return nil
	}
	goIdle := func(context.Context, time.Duration) bool { return false }
	if relay, ok := s.relay(); ok && c.do == "go_dormant" {
		goIdle = relay.GoDormant
	} else if ok {
		goIdle = relay.GoIdle
	}
	s.start(func() []byte { return record.Idle(c.id, goIdle(context.Background(), timeout)) })
	return nil
}

func (s *Session) interrupt(c command) error {
	sessionKey, err := c.text("session_key")
	if err != nil {
		return err
	}
	reason, err := c.optionalText("reason")
	if err != nil {
		return err
	}
	err = error(actors.ErrNotConnected)
	if relay, ok := s.relay(); ok {
		err = relay.Interrupt(context.Background(), sessionKey, reason)
	}
	if err != nil {
		return fmt.Errorf("the interrupt was not sent: %w", err)
	}
	s.confirm(c)
	return nil
}

func (s *Session) wake(c command) error {
	if relay, ok := s.relay(); ok {
		relay.Wake()
	}
	s.confirm(c)
	return nil
}

func (s *Session) ack(c command) error {
	if !s.manualAck {
		return errors.New("deliveries are acknowledged when their records are written; start with --manual-ack to acknowledge them by command")
	}
	bufferID, err := c.text("bufferId")
	if err != nil {
		return err
	}
	if !s.acks.settle(bufferID) {
		return fmt.Errorf(`no delivery with "bufferId" %.80q is waiting to be acknowledged; acknowledge each delivery once`, bufferID)
	}
	s.confirm(c)
	return nil
}

func (s *Session) disconnect(c command) error {
	s.confirm(c)
	return ErrDisconnect
}

// confirm answers a command that is carried out at once.
func (s *Session) confirm(c command) {
	if line := confirmation(c); line != nil {
		s.put(line)
	}
}

// confirmation is the record for a command that has none of its own: none, unless its id asks for
// one.
func confirmation(c command) []byte {
	if c.id == nil {
		return nil
	}
	return record.Result(c.id, wire.Result{Success: true})
}
