package downstream

import (
	"net"
	"net/http"

	"hermod/connector"
	"hermod/wire"
)

// Elsewhere are the gateways of a cluster, whose bots this node or another one runs. Its methods may be called from any
// goroutine.
type Elsewhere interface {
	// Knows says that the cluster has a bot of that gateway. It does not block.
	Knows(gateway string) bool
	// Take takes over a request of a gateway that is not served here. It is false for the request of an unknown one.
	Take(gateway string, w http.ResponseWriter, r *http.Request) bool
}

// take leaves to Elsewhere what is not for a gateway of this node.
func (s *Server) take(gateway string, w http.ResponseWriter, r *http.Request) bool {
	return !s.Serves(gateway) && s.opts.Elsewhere.Take(gateway, w, r)
}

// Serves says that the gateway's bot is here, and stays.
func (s *Server) Serves(gateway string) (here bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := s.gateways[gateway]
	return g != nil && !g.leaving && s.running != nil
}

// Open gives the far end of a connection on which a gateway is served as if it had dialled here, by the address from
// where it dialled. It is false while the gateway is not served here.
func (s *Server) Open(gateway, from string) (net.Conn, bool) {
	if !s.Serves(gateway) {
		return nil, false
	}
	s.mu.Lock()
	to := s.brought
	s.mu.Unlock()
	near, far := net.Pipe()
	return near, to.bring(named{Conn: far, from: from})
}

// linger keeps the gateways whose bots drain here, so that these may settle what they have begun. The caller holds the
// lock.
func (s *Server) linger(gateways, byBot map[string]*Gateway) {
	if s.opts.Elsewhere == nil {
		return
	}
	for _, g := range gateways {
		g.leaving = false
	}
	for id, g := range s.gateways {
		ended := g.ended()
		if gateways[id] != nil || byBot[g.bot] != nil || ended == nil {
			continue
		}
		gateways[id], byBot[g.bot] = g, g
		if !g.leaving {
			g.leaving = true
			go func() {
				<-ended
				s.depart(g)
			}()
		}
	}
}

// depart ends the session of a gateway whose bot has left, unless it has come back.
func (s *Server) depart(g *Gateway) {
	s.mu.Lock()
	gone := s.gateways[g.id] == g && g.leaving
	if gone {
		delete(s.gateways, g.id)
		delete(s.byBot, g.bot)
	}
	s.mu.Unlock()
	if c, _ := s.current(); gone && c != nil {
		_ = c.Restore(g.id) // whether the connector refuses the bot is seen anew when it comes back
		if err := s.grant(c); err != nil {
			s.log.Error("the gateway of a bot that has left is served still", "bot", g.bot, "err", err)
		}
	}
}

// ended is closed when the gateway's bot has left the fleet; nil for one that was never there.
func (g *Gateway) ended() <-chan struct{} {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.handle == nil {
		return nil
	}
	return g.handle.Done()
}

// secrets are those of the gateways that are here.
func (s *Server) secrets() map[string][]wire.Secret {
	s.mu.Lock()
	defer s.mu.Unlock()
	secrets := make(map[string][]wire.Secret, len(s.gateways))
	for id, g := range s.gateways {
		g.mu.Lock()
		secrets[id] = g.secrets
		g.mu.Unlock()
	}
	return secrets
}

// grant has the connector know the gateways that are here, and no others.
func (s *Server) grant(c *connector.Connector) error {
	s.granting.Lock()
	defer s.granting.Unlock()
	return c.SetCredentials(s.secrets(), nil, nil)
}
