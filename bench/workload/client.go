package workload

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Client is one connection under load. Send may be called from many goroutines.
type Client interface {
	// Send asks for a message and waits until the connector answered, ctx ended or RequestTimeout passed.
	Send(ctx context.Context, chat, text string) error
	// Close ends the connection and waits for the goroutines that serve it.
	Close()
}

// Dial opens a connection, says hello and returns when the descriptor is there. It gives each event to handler.
type Dial func(ctx context.Context, to Target, handler *Handler) (Client, error)

// Clients are the clients of a program, by name.
type Clients map[string]Kind

// Kind is a client and the scenarios that it supports.
type Kind struct {
	// Open is called once, before the first dial. close is called after the last connection is closed.
	Open      func() (dial Dial, close func(), err error)
	Scenarios []string
	// Whole carries out a run by itself, for a client that is a program of its own; nil for the others.
	Whole func(s Spec) (metrics map[string]float64, err error)
}

// Full makes a client that supports every scenario from its Dial.
func Full(dial Dial) Kind {
	return Kind{Open: Plain(dial),
		Scenarios: []string{Inbound, InboundAcks, Outbound, Duplex, Spread, Connect, Idle, Silence, Hang}}
}

// Plain makes the Open of a client whose connections share nothing.
func Plain(dial Dial) func() (Dial, func(), error) {
	return func() (Dial, func(), error) { return dial, func() {}, nil }
}

// RequestTimeout is how long each client lets a request wait.
const RequestTimeout = 30 * time.Second

// Errors of clients.
var (
	ErrTimeout = errors.New("request timed out")
	ErrClosed  = errors.New("connection closed")
	ErrBusy    = errors.New("too many requests in flight")
	// ErrNoRequests is returned by a client that only reads.
	ErrNoRequests = errors.New("client sends no requests")
	// ErrUnknown marks a Spec that names no client or scenario.
	ErrUnknown = errors.New("unknown")
)

// kind returns the client of that name, if it supports the scenario.
func (c Clients) kind(name, scenario string) (Kind, error) {
	kind, ok := c[name]
	if !ok {
		return Kind{}, fmt.Errorf("%w client %q: this program has %v", ErrUnknown, name, c.names())
	}
	if !slices.Contains(kind.Scenarios, scenario) {
		return Kind{}, fmt.Errorf("%w scenario %q of client %s: it has %v", ErrUnknown, scenario, name, kind.Scenarios)
	}
	return kind, nil
}

func (c Clients) names() []string {
	var names []string
	for name := range c {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
