package clustered

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"hermod/cluster"
	"hermod/connector/limit"
)

const (
	// carryMethod is the one of a gateway's connection.
	carryMethod = "gateway"
	// maxHeld bounds the gateways that wait for a node to run their bot; further ones are told to come back.
	maxHeld = 1024
	// heldFor is how long they wait.
	heldFor = 5 * time.Second
)

// Door is the server of the gateways of this node's bots. package downstream has one.
type Door interface {
	// Serves says that a gateway's bot is here, and stays.
	Serves(gateway string) bool
	// Open gives the end of a connection on which the gateway is served; false while it is not served here.
	Open(gateway, from string) (net.Conn, bool)
}

// Carrier takes the connections of gateways that dial this node to the nodes that run their bots: the head of the
// request, and then bytes in both directions, so that it knows nothing of what they say and of no secret. It implements
// downstream.Elsewhere.
type Carrier struct {
	// Node is this one. It is set before Serve.
	Node  *cluster.Node
	log   *slog.Logger
	door  atomic.Pointer[Door]
	index index

	held, places chan struct{}
	ctx          context.Context
	cancel       context.CancelFunc
	working      sync.WaitGroup

	mu   sync.Mutex
	over bool
	away map[*cargo]struct{} // under way to other nodes
}

// NewCarrier returns a carrier; Serve begins its work, Close ends it.
func NewCarrier(log *slog.Logger) *Carrier {
	c := &Carrier{log: log, held: make(chan struct{}, maxHeld),
		places: make(chan struct{}, limit.Connections()), away: make(map[*cargo]struct{})}
	c.ctx, c.cancel = context.WithCancel(context.Background())
	return c
}

// Serve says who serves the gateways of this node's bots, and begins to watch where the other bots are.
func (c *Carrier) Serve(door Door) {
	c.door.Store(&door)
	c.working.Go(c.watch)
}

// Close ends every connection that is carried from here, and returns when nothing of them is left.
func (c *Carrier) Close() {
	c.mu.Lock()
	c.over = true
	c.mu.Unlock()
	c.cancel()
	c.working.Wait()
}

// Knows implements downstream.Elsewhere. A node that has not heard of any bot yet knows every gateway.
func (c *Carrier) Knows(gateway string) bool {
	_, known := c.index.bot(c.Node.View(), gateway)
	return known
}

// Take implements downstream.Elsewhere.
func (c *Carrier) Take(gateway string, w http.ResponseWriter, r *http.Request) bool {
	bot, known := c.index.bot(c.Node.View(), gateway)
	switch {
	case !known:
		return false
	case bot == "":
		comeBack(w)
		return true
	}
	select {
	case c.places <- struct{}{}:
	default:
		comeBack(w)
		return true
	}
	conn, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil || !c.begin() {
		<-c.places
		if conn != nil {
			_ = conn.Close()
		}
		return true
	}
	early, _ := buffered.Reader.Peek(buffered.Reader.Buffered())
	g := &cargo{carrier: c, gateway: gateway, bot: bot, from: r.RemoteAddr, conn: limit.Bare(conn), head: headOf(r, early)}
	go func() {
		defer c.working.Done()
		defer func() { <-c.places }()
		g.carry()
	}()
	return true
}

// begin registers a connection, unless the carrier is closed.
func (c *Carrier) begin() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.over {
		c.working.Add(1)
	}
	return !c.over
}

// comeBack refuses a gateway in a way after which it tries again.
func comeBack(w http.ResponseWriter) {
	w.Header().Set("Retry-After", "1")
	http.Error(w, movingText, http.StatusServiceUnavailable)
}

const movingText = "no node runs the gateway's bot at the moment, try again"

// watch ends what is carried to nodes that do not run the bots any more. Nobody else tells of a node that has frozen.
func (c *Carrier) watch() {
	for {
		news := c.Node.News()
		view := c.Node.View()
		c.mu.Lock()
		for g := range c.away {
			if _, _, epoch, owned := view.Owner(g.bot); !owned || epoch != g.epoch {
				delete(c.away, g)
				time.AfterFunc(farewell, g.cut) // the node may say so itself until then
			}
		}
		c.mu.Unlock()
		select {
		case <-news:
		case <-c.ctx.Done():
			return
		}
	}
}

// TakeCarried is cluster.Config's: another node carries a gateway's connection here.
func (c *Carrier) TakeCarried(q cluster.Request) (net.Conn, error) {
	door := c.door.Load()
	if q.Method != carryMethod || door == nil {
		return nil, cluster.ErrNotRunning
	}
	conn, here := (*door).Open(q.Meta["gateway"], q.Meta["from"])
	if !here {
		return nil, cluster.ErrNotRunning
	}
	return conn, nil
}
