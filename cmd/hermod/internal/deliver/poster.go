package deliver

import (
	"context"
	"net"
	"net/http"
	"sync"
)

const (
	// postShare is which part of the process's descriptors posts may use, as 1/postShare; the rest is for the links of
	// bots, for subprocesses, and for clients. receiverShare is which part of those one receiver may use.
	postShare     = 4
	receiverShare = 4
	// idlePerReceiver is how many connections to one receiver are kept.
	idlePerReceiver = 64
	// maxDescriptors stands for a limit that there is not.
	maxDescriptors = 1 << 18
)

// poster posts for all bots. Its connections never take more than their share of the descriptors, and a receiver that
// is slow never more than its share of the connections.
type poster struct {
	client *http.Client
	gate   *gate
}

// dialFunc opens a connection, as in [http.Transport].
type dialFunc func(ctx context.Context, network, address string) (net.Conn, error)

// newPoster returns a poster of a process that may have so many descriptors; dial is nil but in tests.
func newPoster(descriptors int, dial dialFunc) *poster {
	limit := max(descriptors/postShare, receiverShare)
	transport := http.DefaultTransport.(*http.Transport).Clone()
	if dial == nil {
		dial = transport.DialContext
	}
	connections := &connections{slots: make(chan struct{}, limit), dial: dial, closeIdle: transport.CloseIdleConnections}
	transport.DialContext = connections.open
	transport.MaxConnsPerHost = limit / receiverShare // a dial may outlast its post
	transport.MaxIdleConns, transport.MaxIdleConnsPerHost = 0, idlePerReceiver
	doNotFollow := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &poster{client: &http.Client{Transport: transport, CheckRedirect: doNotFollow},
		gate: newGate(limit, limit/receiverShare)}
}

// connections bounds how many there are at once, those that wait for their next post included.
type connections struct {
	slots     chan struct{} // a token for each
	dial      dialFunc
	closeIdle func()
}

// open dials. When there are as many connections as there may be, those that nobody uses make room.
func (c *connections) open(ctx context.Context, network, address string) (net.Conn, error) {
	select {
	case c.slots <- struct{}{}:
	default:
		c.closeIdle()
		select {
		case c.slots <- struct{}{}:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	conn, err := c.dial(ctx, network, address)
	if err != nil {
		<-c.slots
		return nil, err
	}
	return &connection{Conn: conn, slots: c.slots}, nil
}

// connection gives its token back when it is closed.
type connection struct {
	net.Conn
	slots  <-chan struct{}
	closed sync.Once
}

// Close may be called more than once.
func (c *connection) Close() error {
	err := c.Conn.Close()
	c.closed.Do(func() { <-c.slots })
	return err
}
