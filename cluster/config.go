package cluster

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"regexp"
	"runtime"
	"time"

	"hermod/cluster/mutual"
	"hermod/cluster/ownership"
	"hermod/cluster/registry"
)

// Bounds and defaults of Config.Lease.
const (
	MinLease     = 3 * time.Second
	MaxLease     = 10 * time.Minute
	DefaultLease = 10 * time.Second
)

// Config describes a node. It is copied by New.
type Config struct {
	// Name is the node's, unique in the cluster: letters, digits, '.', '_' and '-'.
	Name string
	// Etcd is where the cluster keeps its state; its Cluster names the cluster.
	Etcd registry.Config
	// Listen is where other nodes reach this one, HOST:PORT; Advertise is the same as they see it, Listen when empty.
	Listen, Advertise string
	// TLS secures the connections between nodes, on both sides. nil is plain TCP, which only a loopback address may use.
	TLS *mutual.Files
	// Lease is in whole seconds, MinLease to MaxLease; 0 is DefaultLease. A crashed node's bots are elsewhere after about
	// one lease and a half. Loss of etcd costs nothing for less than seven tenths of it, or all but five seconds of a
	// long one.
	Lease time.Duration
	// MovePause (1 s) lies between two bots that a node gives up for the sake of balance.
	MovePause time.Duration
	// Capacity is how much the node can carry beside others, 1 to MaxCapacity; 0 is the number of processors that the
	// program may use.
	Capacity int
	// Return says that a node which ends in order is back soon: its bots wait for that, for one lease at most, instead of
	// moving to others and back.
	Return bool
	// Version is the program's, for the status.
	Version string
	// Host runs the bots.
	Host Host
	// Answer answers what another node asks by Node.Ask, on a goroutine of its own. ctx ends when that one does not want
	// the answer any more. nil refuses.
	Answer func(ctx context.Context, r Request, w *AnswerWriter) error
	// Carried takes a stream of bytes that another node brings by Node.Carry, at the other end of the connection that it
	// returns; the node closes that. ErrNotRunning says that what the bytes are for is not here, ErrOverloaded that there
	// is no room. It returns soon. nil refuses.
	Carried func(r Request) (net.Conn, error)
	// Logger gets a line for each change of this node's membership, and for each bot at debug level. nil logs nothing.
	Logger *slog.Logger

	measure time.Duration // measureEvery but in tests
}

// MaxCapacity bounds Config.Capacity.
const MaxCapacity = 1024

// maxMargin is the longest margin: cutting takes milliseconds, and clocks differ by little.
const maxMargin = 5 * time.Second

// timing derives a node's durations from its lease.
func (c *Config) timing() ownership.Timing {
	return ownership.Timing{Lease: c.Lease, Margin: min(c.Lease*3/10, maxMargin), Renewal: c.Lease / 10,
		Settle: min(c.Lease/5, 2*time.Second), Claims: 64, Moves: 8, MovePause: c.MovePause}
}

var name = regexp.MustCompile(`^[A-Za-z0-9._-]{1,100}$`)

// fill sets defaults and says all that is wrong.
func (c *Config) fill() error {
	c.measure = measureEvery
	c.Lease, c.MovePause = cmp.Or(c.Lease, DefaultLease), cmp.Or(c.MovePause, time.Second)
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	var wrong []error
	complain := func(format string, args ...any) { wrong = append(wrong, fmt.Errorf("cluster: "+format, args...)) }
	if !name.MatchString(c.Name) {
		complain("the node's name %.40q is not made of letters, digits, '.', '_' and '-'", c.Name)
	}
	if !name.MatchString(c.Etcd.Cluster) {
		complain("the cluster's name %.40q is not made of letters, digits, '.', '_' and '-'", c.Etcd.Cluster)
	}
	if len(c.Etcd.Endpoints) == 0 {
		complain("no etcd is named; give at least one HOST:PORT")
	}
	if c.Lease < MinLease || c.Lease > MaxLease || c.Lease%time.Second != 0 {
		complain("a lease of %v is not possible; take whole seconds from %v to %v", c.Lease, MinLease, MaxLease)
	}
	c.Capacity = cmp.Or(c.Capacity, min(runtime.GOMAXPROCS(0), MaxCapacity))
	if c.Capacity < 1 || c.Capacity > MaxCapacity {
		complain("a capacity of %d is not possible; take 1 to %d, or leave it to the number of processors", c.Capacity, MaxCapacity)
	}
	if c.MovePause < 0 {
		complain("a pause of %v between moves is not possible", c.MovePause)
	}
	if c.Host == nil {
		complain("nobody runs the bots; set Host")
	}
	host, _, err := net.SplitHostPort(c.Listen)
	if err != nil {
		complain("the address to listen at is not HOST:PORT: %w", err)
	}
	if ip := net.ParseIP(host); c.TLS == nil && (ip == nil || !ip.IsLoopback()) && err == nil {
		complain("nodes that listen at %s need TLS; only a loopback address such as 127.0.0.1 may do without", c.Listen)
	}
	if c.TLS != nil {
		if err := c.TLS.Check(); err != nil {
			complain("TLS between nodes: %w", err)
		}
	}
	return errors.Join(wrong...)
}
