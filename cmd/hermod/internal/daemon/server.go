package daemon

import (
	"context"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	"hermod/cmd/hermod/internal/access"
	"hermod/cmd/hermod/internal/config"
	"hermod/connector/limit"
)

// lingerTime is how long answers may take after the fleet has ended, or after their door was closed.
const lingerTime = time.Second

// server serves some routes at one listener of the configuration: one door at a time, or none. Run's goroutine changes
// it.
type server struct {
	log     *slog.Logger
	control *access.Control
	most    int                  // connections at a time
	door    atomic.Pointer[door] // nil while nothing is served
	routes  atomic.Pointer[http.Handler]
	failed  chan<- error
}

// change is what a configuration asks of a server. Until it is carried out, by leave and then enter, nothing is
// different; it may be dropped instead.
type change struct {
	server   *server
	cfg      config.HTTP
	listener *config.Listener // nil for none
	door     *door            // the one in use, or the one to change to; nil for none
}

// next prepares a change. A new address is bound here: the error says that it cannot be had.
func (s *server) next(cfg config.HTTP, l *config.Listener) (*change, error) {
	now, c := s.door.Load(), &change{server: s, cfg: cfg, listener: l}
	switch {
	case l == nil:
	case now == nil || now.socket.address != l.Address:
		bound, err := bind(*l)
		if err != nil {
			return nil, err
		}
		c.door = newDoor(cfg, *l, bound)
	case !now.rules.same(rulesOf(cfg, *l)):
		c.door = newDoor(cfg, *l, now.socket)
	default:
		c.door = now
	}
	return c, nil
}

// drop gives up what was bound for the change.
func (c *change) drop() {
	if now := c.server.door.Load(); c.door != nil && (now == nil || c.door.socket != now.socket) {
		c.door.socket.release()
	}
}

// leave ends what the change ends: the door in use if another one, perhaps at the same socket, is to follow it, or what
// tokens had that are gone.
func (c *change) leave() {
	now := c.server.door.Load()
	switch {
	case now == nil:
	case now == c.door:
		now.register.Retain(tokensOf(c.cfg))
	default:
		now.close(context.Background())
		if c.door == nil || c.door.socket != now.socket {
			now.socket.release()
		}
		c.server.door.Store(nil)
	}
}

// enter begins what the change begins, after leave, and says whether a door was opened.
func (c *change) enter() bool {
	s := c.server
	switch {
	case c.door == nil:
		return false
	case c.door == s.door.Load():
		c.door.renew(c.cfg, *c.listener)
		return false
	}
	if err := c.door.socket.permit(c.listener.Mode); err != nil {
		s.log.Error("nothing is served at the unix socket: its mode cannot be set", "address", c.listener.Address, "err", err)
		c.door.socket.release()
		return false
	}
	c.door.serve(s, s.control, s.most, s.log, func(err error) { s.failed <- err })
	s.door.Store(c.door)
	return true
}

// open has the server serve these routes from now on.
func (s *server) open(routes http.Handler) { s.routes.Store(&routes) }

// ServeHTTP implements http.Handler.
func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	(*s.routes.Load()).ServeHTTP(w, r)
}

// addr is where the server listens, "" while it does not.
func (s *server) addr() string {
	if door := s.door.Load(); door != nil {
		return door.socket.addr()
	}
	return ""
}

// logServing tells where the server listens, and by which rules.
func (s *server) logServing() {
	door := s.door.Load()
	auth := config.AuthRequired
	if door.rules.open {
		auth = config.AuthOff
	}
	s.log.Info("serving", "address", door.socket.addr(), "auth", string(auth), "tls", door.rules.secured)
}

// certificate is what the server shows, nil without TLS.
func (s *server) certificate() *config.ServerTLS {
	if door := s.door.Load(); door != nil {
		return door.tls.Load()
	}
	return nil
}

// connections are those that clients have.
func (s *server) connections() int {
	if door := s.door.Load(); door != nil {
		return limit.Kept(door.bounded)
	}
	return 0
}

// close ends the requests' contexts and gives their answers a moment, or none once ctx has ended.
func (s *server) close(ctx context.Context) {
	if door := s.door.Swap(nil); door != nil {
		door.close(ctx)
		door.socket.release()
	}
}
