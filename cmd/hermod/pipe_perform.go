package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"hermod/actors"
	"hermod/cmd/hermod/internal/record"
	"hermod/wire"
)

// maxCommands bounds the commands that wait for their answers.
const maxCommands = 1024

// performers carry out the commands. They return once a request has its place on the wire, so that
// requests go out in the order of lines; the answer comes later. An error is what is wrong with the
// command.
var performers = map[string]func(*pipe, command) error{
	"send":       (*pipe).send,
	"follow_up":  (*pipe).send,
	"chat_info":  (*pipe).chatInfo,
	"interrupt":  (*pipe).interrupt,
	"go_idle":    (*pipe).goIdle,
	"go_dormant": (*pipe).goIdle,
	"wake":       (*pipe).wake,
	"ack":        (*pipe).ack,
	"disconnect": (*pipe).disconnect,
}

var errDisconnect = errors.New("asked to disconnect")

// read carries out commands until the input ends, or one asks to disconnect.
func (p *pipe) read(stdin io.Reader) {
	lines := newLineReader(stdin)
	for {
		line, err := lines.next()
		switch {
		case err == nil:
			err = p.take(bytes.TrimSpace(line))
		case errors.Is(err, errCommandTooLong):
			p.complain(command{}, err)
			continue
		}
		if err != nil {
			p.input <- err
			return
		}
	}
}

// take carries out one line. A bad command is answered and forgotten; the error is the input's end.
func (p *pipe) take(line []byte) error {
	if len(line) == 0 {
		return nil
	}
	c, err := parseCommand(line)
	if err == nil {
		err = performers[c.do](p, c)
	}
	if errors.Is(err, errDisconnect) {
		return err
	}
	if err != nil {
		p.complain(c, err)
	}
	return nil
}

func (p *pipe) complain(c command, err error) { p.put(record.Error(c.id, err.Error())) }

// put writes a record of a command, which waits for nothing but the output. An output that failed
// ends the pipe, so nobody needs to hear of it here.
func (p *pipe) put(line []byte) { _ = p.out.put(context.Background(), line) }

// start has a command that was begun wait for others on a goroutine; wait returns the answer, or nil for none.
func (p *pipe) start(wait func() []byte) {
	go func() {
		defer p.commands.end()
		if line := wait(); line != nil {
			p.put(line)
		}
	}()
}

func (p *pipe) send(c command) error {
	action, err := c.action()
	if err != nil {
		return err
	}
	via, err := c.via()
	if err != nil {
		return err
	}
	if !p.commands.begin() {
		return nil
	}
	call := p.relay.Start(action, via...)
	p.start(func() []byte {
		result, _ := call.Wait(context.Background()) // a failure is in the result's words
		return record.Result(c.id, result)
	})
	return nil
}

// via reads the platform to tag the frame with.
func (c command) via() ([]actors.SendOption, error) {
	platform, err := c.optionalText("platform")
	if err != nil || platform == nil {
		return nil, err
	}
	return []actors.SendOption{actors.Via(*platform)}, nil
}

func (p *pipe) chatInfo(c command) error {
	chatID, err := c.text("chat_id")
	if err != nil {
		return err
	}
	via, err := c.via()
	if err != nil {
		return err
	}
	if !p.commands.begin() {
		return nil
	}
	call := p.relay.Start(wire.NewGetChatInfo(chatID), via...)
	p.start(func() []byte {
		result, err := call.Wait(context.Background())
		return record.ChatInfo(c.id, result.ChatInfo(chatID), err)
	})
	return nil
}

func (p *pipe) goIdle(c command) error {
	timeout, err := c.timeout()
	if err != nil {
		return err
	}
	goIdle := p.relay.GoIdle
	if c.do == "go_dormant" {
		goIdle = p.relay.GoDormant
	}
	if !p.commands.begin() {
		return nil
	}
	p.start(func() []byte { return record.Idle(c.id, goIdle(context.Background(), timeout)) })
	return nil
}

func (p *pipe) interrupt(c command) error {
	sessionKey, err := c.text("session_key")
	if err != nil {
		return err
	}
	reason, err := c.optionalText("reason")
	if err != nil {
		return err
	}
	if err := p.relay.Interrupt(context.Background(), sessionKey, reason); err != nil {
		return fmt.Errorf("the interrupt was not sent: %w", err)
	}
	p.confirm(c)
	return nil
}

func (p *pipe) wake(c command) error {
	p.relay.Wake()
	p.confirm(c)
	return nil
}

func (p *pipe) ack(c command) error {
	if !p.manualAck {
		return errors.New("deliveries are acknowledged when their records are written; start with --manual-ack to do it yourself")
	}
	bufferID, err := c.text("bufferId")
	if err != nil {
		return err
	}
	if !p.acks.settle(bufferID) {
		return fmt.Errorf(`"bufferId" %.80q waits for no acknowledgement; give that of a delivery once`, bufferID)
	}
	p.confirm(c)
	return nil
}

func (p *pipe) disconnect(c command) error {
	p.confirm(c)
	return errDisconnect
}

// confirm answers a command that is carried out at once.
func (p *pipe) confirm(c command) {
	if line := confirmation(c); line != nil {
		p.put(line)
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
