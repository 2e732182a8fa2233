package pipe

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"hermod/actors"
	"hermod/cmd/hermod/internal/cli"
	"hermod/cmd/hermod/internal/record"
)

// Exit codes of a relay's end, besides those of every command.
const (
	// ExitDisabled: the gateway's credential was revoked.
	ExitDisabled = 3
	// ExitLinkEnded: the connection ended and none is made again.
	ExitLinkEnded = 4
)

const (
	// closeBudget is how long a relay may take over its end, unless the configuration says otherwise.
	closeBudget = 10 * time.Second
	// unackedBudget is the same where deliveries may wait for acknowledgements that cannot come any
	// more; it leaves a second for the others.
	unackedBudget = 4500 * time.Millisecond
	// lostBudget is the same where nobody takes anything any more.
	lostBudget = 3500 * time.Millisecond
	// commandGrace is what commands get before unackedBudget begins.
	commandGrace = 5 * time.Second
	// unreadGrace is how long after a signal an output may hang.
	unreadGrace = 15 * time.Second
	// unackedHandlers is how many deliveries may wait for acknowledgements at once.
	unackedHandlers = 1024
)

var errUnread = errors.New("standard output is not being read")

// bridge is one relay between an input of commands and an output of records.
type bridge struct {
	relay       *actors.Relay
	session     *Session
	manualAck   bool
	subcommands []string
	closeBudget time.Duration
	input       chan error // takes why the input is over: io.EOF, ErrDisconnect or a failure
	greeted     greeting

	// These belong to follow, until followed is closed.
	platforms  []string
	handshakes uint64          // those whose descriptor was written
	told       map[string]bool // the records of the last one's descriptors
	last       actors.Status
	followed   chan struct{}
	linkEnded  chan struct{} // closed when the relay has failed for good
}

// Config is what Run runs.
type Config struct {
	// Relay is the relay's configuration, without handlers.
	Relay actors.Config
	// ManualAck leaves acknowledging to the command ack.
	ManualAck bool
	// Subcommands are the program's commands that Slack's /hermes may name.
	Subcommands []string
	// CloseBudget bounds the closing of the relay; 0 is ten seconds.
	CloseBudget time.Duration
}

// Run runs a relay until the input ends, the relay fails, the output is lost, or ctx ends. A
// read from stdin that hangs then is left behind.
func Run(ctx context.Context, cfg Config, stdin io.Reader, stdout io.Writer) error {
	engine, err := actors.New(actors.EngineConfig{Logger: cfg.Relay.Logger})
	if err != nil {
		return err
	}
	p := &bridge{
		manualAck: cfg.ManualAck, subcommands: cfg.Subcommands, closeBudget: cfg.CloseBudget,
		input: make(chan error, 1), linkEnded: make(chan struct{}), followed: make(chan struct{}),
	}
	if p.closeBudget == 0 {
		p.closeBudget = closeBudget
	}
	p.session = New(stdout, "standard output", func() (*actors.Relay, bool) { return p.relay, true }, cfg.ManualAck)
	for _, identity := range cfg.Relay.Identities {
		p.platforms = append(p.platforms, identity.Platform)
	}
	cfg.Relay.Handlers = p.handlers()
	if cfg.ManualAck {
		cfg.Relay.MaxHandlers = unackedHandlers
	}
	if p.relay, err = engine.Spawn("pipe", cfg.Relay); err != nil {
		p.session.Fail(err)
		return errors.Join(nameFlag(err), engine.Close(ctx))
	}
	go p.follow(p.relay.Watch(context.WithoutCancel(ctx)))
	go func() { p.input <- p.session.Read(stdin) }()
	over := make(chan struct{})
	defer close(over)
	context.AfterFunc(ctx, func() { p.abandonOutput(over) })
	patient, failure := p.await(ctx)
	return p.verdict(errors.Join(failure, p.end(ctx, engine, patient)))
}

// await waits for the reason to end. It is patient if commands in flight may take all the time they need.
func (p *bridge) await(ctx context.Context) (patient bool, failure error) {
	select {
	case err := <-p.input:
		if !errors.Is(err, io.EOF) && !errors.Is(err, ErrDisconnect) {
			failure = fmt.Errorf("reading standard input: %w", err)
		}
		return errors.Is(err, io.EOF), failure
	case <-p.relay.Done():
		return false, errors.New("the relay stopped unexpectedly; the log says why")
	case <-p.linkEnded:
	case <-p.session.Failed():
	case <-ctx.Done():
	}
	return false, nil
}

// end closes the relay and then the output, whose last record is the final state.
func (p *bridge) end(ctx context.Context, engine *actors.Engine, patient bool) error {
	p.session.Refuse()
	lasting := context.WithoutCancel(ctx)
	budget := p.closeBudget
	switch {
	case patient:
		p.session.Wait(ctx)
	case p.manualAck:
		grace, cancel := context.WithTimeout(lasting, min(commandGrace, budget-unackedBudget))
		defer cancel()
		p.session.Wait(grace)
	}
	if p.manualAck {
		budget = min(budget, unackedBudget)
	}
	if p.session.Err() != nil {
		budget = min(budget, lostBudget)
	}
	closing, cancel := context.WithTimeout(lasting, budget)
	defer cancel()
	err := engine.Close(closing)
	<-p.followed
	p.session.Wait(lasting)
	return errors.Join(err, p.session.Finish(record.StateOf(p.last).Record()))
}

// abandonOutput gives up an output that hangs for long.
func (p *bridge) abandonOutput(over <-chan struct{}) {
	limit := time.NewTimer(unreadGrace)
	defer limit.Stop()
	select {
	case <-limit.C:
		p.session.Fail(errUnread)
	case <-over:
	}
}

// verdict turns how it went into the error with the exit code.
func (p *bridge) verdict(failure error) error {
	if failure != nil {
		return failure
	}
	ended := &actors.EndedError{State: p.last.State, Reason: p.last.LastError, Hint: p.last.Hint}
	switch p.last.State {
	case actors.Disabled:
		return &cli.ExitError{Code: ExitDisabled, Err: ended}
	case actors.Failed:
		return &cli.ExitError{Code: ExitLinkEnded, Err: ended}
	}
	return nil
}
