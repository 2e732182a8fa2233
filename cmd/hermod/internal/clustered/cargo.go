package clustered

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"hermod/cluster"
	"hermod/connector"
)

const (
	// takeTime is how long a gateway may take nothing of what its bot's node says.
	takeTime = time.Minute
	// lastWords is how long an ended connection waits for the gateway to hang up, so that a reset does not destroy what it
	// was told last.
	lastWords = time.Second
	// heldPause is the pause before the bot's node is asked again, if there is no news.
	heldPause = 250 * time.Millisecond
)

// cargo is a gateway's connection that this node carries to the one that runs its bot.
type cargo struct {
	carrier            *Carrier
	gateway, bot, from string
	conn               net.Conn
	head               []byte // of the request, and what followed it at once
	epoch              int64  // of the claim by which the bot's node has it
	stream             io.ReadWriteCloser
}

// carry waits for a node that runs the bot, and copies bytes until either side ends.
func (g *cargo) carry() {
	defer func() { _ = g.conn.Close() }()
	if !g.find() {
		_ = g.conn.SetWriteDeadline(time.Now().Add(lastWords))
		_, _ = fmt.Fprintf(g.conn, "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nConnection: close\r\n"+
			"Content-Type: text/plain\r\nContent-Length: %d\r\n\r\n%s\n", len(movingText)+1, movingText)
		g.hangUp()
		return
	}
	defer g.forget()
	stop := context.AfterFunc(g.carrier.ctx, g.cut)
	defer stop()
	if _, err := g.stream.Write(g.head); err != nil {
		return
	}
	g.head = nil
	g.exchange()
}

// find waits, for a while, until a node has taken the connection.
func (g *cargo) find() bool {
	c := g.carrier
	patience, cancel := context.WithTimeout(c.ctx, heldFor)
	defer cancel()
	for held := false; ; {
		news := c.Node.News()
		if g.try() {
			return true
		}
		if !held {
			select {
			case c.held <- struct{}{}:
				defer func() { <-c.held }()
				held = true
			default:
				return false
			}
		}
		select {
		case <-news:
		case <-time.After(heldPause):
		case <-patience.Done():
			return false
		}
	}
}

// try asks the node that runs the bot to take the connection.
func (g *cargo) try() bool {
	c := g.carrier
	node, _, epoch, owned := c.Node.View().Owner(g.bot)
	if !owned {
		return false
	}
	if node == c.Node.Status().Node {
		conn, here := (*c.door.Load()).Open(g.gateway, g.from)
		g.stream = conn
		return here
	}
	carried, err := c.Node.Carry(c.ctx, node, cluster.Request{Method: carryMethod,
		Meta: map[string]string{"gateway": g.gateway, "from": g.from}})
	if err != nil {
		c.log.Debug("a gateway waits for the node of its bot", "bot", g.bot, "node", node, "err", err)
		return false
	}
	g.stream, g.epoch = carried, epoch
	c.mu.Lock()
	c.away[g] = struct{}{}
	c.mu.Unlock()
	if _, _, now, _ := c.Node.View().Owner(g.bot); now != epoch { // the watch may have looked before
		g.cut()
	}
	c.log.Debug("a gateway is carried to the node of its bot", "bot", g.bot, "node", node, "remote", g.from)
	return true
}

// cut ends the stream at once.
func (g *cargo) cut() { _ = g.stream.Close() }

func (g *cargo) forget() {
	g.cut()
	g.carrier.mu.Lock()
	defer g.carrier.mu.Unlock()
	delete(g.carrier.away, g)
}

// exchange copies in both directions. What the node said is written to the end; a node that is lost ends the gateway's
// connection without a word, as if it had dialled that node.
func (g *cargo) exchange() {
	heard := make(chan struct{})
	go func() {
		defer close(heard)
		_ = cluster.Pump(g.stream, g.conn)
		if half, is := g.stream.(interface{ CloseWrite() error }); is {
			_ = half.CloseWrite() // the node's last words may be on their way
			return
		}
		g.cut()
	}()
	err := cluster.Pump(patient{g.conn}, g.stream)
	if err != nil {
		_ = g.conn.Close()
	} else {
		_ = g.conn.SetReadDeadline(time.Now().Add(lastWords))
	}
	g.cut()
	<-heard
	if err == nil {
		g.hangUp()
	}
}

// hangUp ends the connection after what was written last.
func (g *cargo) hangUp() {
	if half, is := g.conn.(interface{ CloseWrite() error }); is {
		_ = half.CloseWrite()
	}
	_ = g.conn.SetReadDeadline(time.Now().Add(lastWords))
	_, _ = io.Copy(io.Discard, g.conn)
}

// patient writes to a gateway that may take its time, but not for ever.
type patient struct{ net.Conn }

func (p patient) Write(b []byte) (int, error) {
	_ = p.SetWriteDeadline(time.Now().Add(takeTime))
	return p.Conn.Write(b)
}

// headOf is a request's head as it was, but for its order, and what came after it already. A request that is no upgrade
// ends its connection, since the next one may be another gateway's.
func headOf(r *http.Request, early []byte) []byte {
	header, to := r.Header.Clone(), new(bytes.Buffer)
	fmt.Fprintf(to, "%s %s HTTP/1.1\r\nHost: %s\r\n", r.Method, r.RequestURI, r.Host)
	header.Del("Host")
	if !strings.EqualFold(header.Get("Upgrade"), "websocket") {
		header.Set("Connection", "close")
	}
	if slices.Contains(r.TransferEncoding, "chunked") {
		header.Set("Transfer-Encoding", "chunked")
	}
	header.Set(connector.SecuredHeader, map[bool]string{true: "https", false: "http"}[r.TLS != nil])
	_ = header.Write(to)
	to.WriteString("\r\n")
	to.Write(early)
	return to.Bytes()
}
