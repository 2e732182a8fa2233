package connector

import (
	"net/http"

	"hermod/wire"
)

// Embedding is what a program that stands between its gateways and another connector asks of this one. Its functions
// may be called from any goroutine, and those of one gateway's session one after the other.
type Embedding struct {
	// Describe answers a hello of a gateway instead of Config.Descriptor. While it returns nil the hello waits; see
	// Connector.Described. It must not block.
	Describe func(gateway string, id wire.Identity) *wire.Descriptor
	// Hello sees each hello, with its commands, before it is answered. It must not block.
	Hello func(gateway string, h wire.Hello)
	// Begin performs an action instead of Config.OnOutbound. The actions of a session are begun in the order in which
	// they came, at most 256 at a time, so Begin must not block. answer takes the result, once, on any goroutine; it does
	// not block, and drops the result of a session that has ended.
	Begin func(r Record, answer func(wire.Result))
	// Present is told when a gateway has come, gone, gone idle, or come back from that; State says which. It must not
	// block.
	Present func(gateway string)
	// Outgoing, if set, replaces the object of a delivery to a session of that Record.Base. It must not block, nor change
	// what it is given.
	Outgoing func(gateway, base string, object []byte) []byte
	// Plane serves /relay/policy, /relay/media and what is below it for a gateway that has proved itself, instead of the
	// connector; nil leaves them to the connector.
	Plane func(gateway string, w http.ResponseWriter, r *http.Request)
	// WakeURL, if set, is asked for a gateway's URL in addition to Config.WakeURLs, and goes before those; "" is none. It
	// must not block.
	WakeURL func(gateway string) string
	// Elsewhere is for several programs that share gateways.
	Elsewhere Elsewhere
}

// Gateway returns the condition of one gateway. Errors are those of Inject for its id.
func (c *Connector) Gateway(id string) (GatewayState, error) {
	g, err := c.gateway(id)
	if err != nil {
		return GatewayState{}, err
	}
	return g.state(), nil
}

// Described answers the hellos of a gateway that wait, and tells it of descriptors that have changed since they were
// told.
func (c *Connector) Described(gateway string) {
	if g, err := c.gateway(gateway); err == nil {
		g.described()
	}
}

// answer is a hello of the attached session and what it was answered with; nil while it waits.
type answer struct {
	id       wire.Identity
	line     []byte
	commands []CommandState
}

// described answers anew whatever would be answered otherwise now.
func (g *gateway) described() {
	g.mu.Lock()
	s, answers := g.session, append([]answer(nil), g.answers...)
	g.mu.Unlock()
	for _, a := range answers {
		d := g.c.describe(g.id, a.id)
		if d == nil {
			continue
		}
		if line := wire.AppendDescriptor(nil, d); string(line) != string(a.line) {
			g.hello(s, a.id, line, a.commands)
		}
	}
}

// describe returns the descriptor that answers a hello; nil while there is none.
func (c *Connector) describe(gateway string, id wire.Identity) *wire.Descriptor {
	if c.cfg.Embedding.Describe == nil {
		return c.descriptor(id)
	}
	return c.cfg.Embedding.Describe(gateway, id)
}

// answeredLocked notes how a hello was answered.
func (g *gateway) answeredLocked(id wire.Identity, line []byte, commands []CommandState) {
	for i := range g.answers {
		if g.answers[i].id == id {
			g.answers[i].line, g.answers[i].commands = line, commands
			return
		}
	}
	if len(g.answers) < maxIdentities {
		g.answers = append(g.answers, answer{id, line, commands})
	}
}

// baseOf is what a gateway puts before the paths of the HTTP plane, as it dialled.
func baseOf(r *http.Request) string {
	if r.TLS != nil {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

// outgoing is an entry's object as its gateway's session gets it.
func (g *gateway) outgoing(s *session, object []byte) []byte {
	if replace := g.c.cfg.Embedding.Outgoing; replace != nil {
		return replace(g.id, s.base, object)
	}
	return object
}

// planeFor has the embedding program serve what a gateway asks for that has proved itself.
func (c *Connector) planeFor(w http.ResponseWriter, r *http.Request) {
	gateway, err := c.caller(r)
	if err != nil {
		c.refuse(w, r, err)
		return
	}
	c.cfg.Embedding.Plane(gateway, w, r)
}

// present tells who asked for it that the gateway has come or gone.
func (g *gateway) present() {
	if tell := g.c.cfg.Embedding.Present; tell != nil {
		tell(g.id)
	}
}
