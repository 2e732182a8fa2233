package daemon

import (
	"context"
	"crypto/tls"
	"net"
	"sync/atomic"

	"hermod/cmd/hermod/internal/clustered"
	"hermod/cmd/hermod/internal/config"
	"hermod/cmd/hermod/internal/downstream"
	"hermod/cmd/hermod/internal/keypair"
	"hermod/connector/limit"
)

// port is where the gateways behind the daemon dial. Run's goroutine changes it.
type port struct {
	server *downstream.Server
	socket *socket // nil while nothing is bound
	tls    *atomic.Pointer[config.ServerTLS]
	cfg    *config.Config // in force; nil before the first
	follow chan struct{}  // closed when nobody follows the fleet any more
	cancel context.CancelFunc
	// carrier takes the gateways of other nodes' bots there; nil without a cluster.
	carrier *clustered.Carrier
}

func (d *Daemon) newPort() *port {
	p := &port{follow: make(chan struct{}), tls: new(atomic.Pointer[config.ServerTLS])}
	o := downstream.Options{Memory: d.store, Connections: d.budget.Newcomers, Logger: d.log}
	if d.part != nil {
		p.carrier = d.part.carrier
		o.Elsewhere, o.Connections = p.carrier, max(o.Connections, limit.Connections()/8)
	}
	p.server = downstream.New(o)
	if p.carrier != nil {
		p.carrier.Serve(p.server)
	}
	d.ways.ServeGateways(p.server)
	return p
}

// watch has the gateways told what becomes of their bots.
func (p *port) watch(d *Daemon) {
	ctx, cancel := context.WithCancel(context.Background())
	p.cancel = cancel
	events := d.fleet.Watch(ctx)
	go func() {
		defer close(p.follow)
		p.server.Follow(events)
	}()
}

// portChange is what a configuration asks of the port. Until it is carried out nothing is different.
type portChange struct {
	port   *port
	cfg    *config.Config
	socket *socket // nil for none
	renew  bool    // the server has to begin anew
}

// next prepares a change. A new address is bound here: the error says that it cannot be had.
func (p *port) next(cfg *config.Config) (*portChange, error) {
	c := &portChange{port: p, cfg: cfg, socket: p.socket}
	l := cfg.Gateways.Listener()
	if l == nil || !cfg.Behind() {
		c.socket, c.renew = nil, p.socket != nil
		return c, nil
	}
	c.renew = p.cfg == nil || p.socket == nil || !downstream.Settled(p.cfg, cfg) || !sameDoor(p.cfg.Gateways.Listener(), l)
	if p.socket == nil || p.socket.address != l.Address {
		var err error
		c.socket, err = bind(*l)
		return c, err
	}
	return c, nil
}

// sameDoor says that whoever may come in by one listener may by the other.
func sameDoor(a, b *config.Listener) bool {
	if a == nil || a.Address != b.Address || a.Mode != b.Mode || (a.TLS == nil) != (b.TLS == nil) {
		return false
	}
	return a.TLS == nil || a.TLS.Clients == b.TLS.Clients
}

// carryOut makes the change.
func (c *portChange) carryOut() error {
	p := c.port
	var listener net.Listener
	var secured *tls.Config
	if l := c.cfg.Gateways.Listener(); c.socket != nil {
		if p.tls.Store(l.TLS); l.TLS != nil {
			secured = keypair.Following(func() *tls.Config { return p.tls.Load().Config })
		}
		if c.renew {
			if err := c.socket.permit(l.Mode); err != nil {
				return err
			}
			listener = c.socket.listener()
		}
	}
	before := p.socket
	if before != nil && c.socket == nil {
		p.server.Close() // a node goes on for gateways that dial others
	}
	p.socket, p.cfg = c.socket, c.cfg
	err := p.server.Apply(c.cfg, listener, secured)
	if before != nil && before != c.socket {
		before.release()
	}
	return err
}

// addr is where the gateways dial, "" while they cannot.
func (p *port) addr() string {
	if p == nil || p.socket == nil {
		return ""
	}
	return p.socket.addr()
}

// close ends the sessions.
func (p *port) close() {
	if p == nil {
		return
	}
	if p.cancel != nil {
		p.cancel()
		<-p.follow
	}
	if p.carrier != nil {
		p.carrier.Close()
	}
	p.server.Close()
	if p.socket != nil {
		p.socket.release()
		p.socket = nil
	}
}
