package deliver

import (
	"context"
	"net"
	"net/http"
	"sync"
	"time"
)

// What a receiver may take, besides deliver.webhook.timeout, which bounds the whole post.
const (
	// dialTime and tlsTime bound a connection's beginning, which may outlast its post.
	dialTime = 10 * time.Second
	tlsTime  = 10 * time.Second
	// idleTime is how long a connection waits for its next post.
	idleTime = time.Minute
	// maxHead is how much of an answer's head is read, in bytes, provisional answers (1xx) included.
	maxHead = 64 << 10
	// maxAnswer is how much of an answer's body is read, so that its connection can be used again, and answerTime how long
	// it may take to come. The status decides before.
	maxAnswer  = 64 << 10
	answerTime = 5 * time.Second
	// idlePerReceiver is how many connections to one receiver are kept.
	idlePerReceiver = 64
)

// poster posts for all bots. Its connections never take more than their share of the descriptors, and a receiver that
// is slow never more than its share of the connections.
type poster struct {
	client    *http.Client
	gate      *gate
	receivers *receivers
}

// dialFunc opens a connection, as in [http.Transport].
type dialFunc func(ctx context.Context, network, address string) (net.Conn, error)

// newPoster returns a poster of at most so many posts, and connections, at once; dial is nil but in tests.
func newPoster(limit int, dial dialFunc) *poster {
	limit = max(limit, receiverShare)
	transport := http.DefaultTransport.(*http.Transport).Clone()
	if dial == nil {
		dial = (&net.Dialer{Timeout: dialTime, KeepAlive: 30 * time.Second}).DialContext
	}
	connections := &connections{slots: make(chan struct{}, limit), dial: dial, closeIdle: transport.CloseIdleConnections}
	transport.DialContext = connections.open
	transport.MaxConnsPerHost = limit / receiverShare // a dial may outlast its post
	transport.MaxIdleConns, transport.MaxIdleConnsPerHost = 0, idlePerReceiver
	transport.TLSHandshakeTimeout, transport.IdleConnTimeout = tlsTime, idleTime
	transport.MaxResponseHeaderBytes = maxHead
	doNotFollow := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &poster{client: &http.Client{Transport: transport, CheckRedirect: doNotFollow}, gate: newGate(limit),
		receivers: newReceivers()}
}

// figures say how busy the poster is.
func (p *poster) figures() PostFigures {
	f := p.gate.figures()
	f.Open = p.receivers.open()
	return f
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
