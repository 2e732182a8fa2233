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
	// Plane serves /relay/policy, /relay/media and what is below it for a gateway that has proved itself, instead of the
	// connector; nil leaves them to the connector.
	Plane func(gateway string, w http.ResponseWriter, r *http.Request)
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
	id   wire.Identity
	line []byte
}

// described answers anew whatever would be answered otherwise now.
func (g *gateway) described() {
	g.mu.Lock()
	s, answers := g.session, append([]answer(nil), g.answers...)
	g.mu.Unlock()
	for _, a := range answers {
		if line := g.c.describe(g.id, a.id); line != nil && string(line) != string(a.line) {
			g.hello(s, a.id, line)
		}
	}
}

// describe encodes the descriptor that answers a hello; nil while there is none.
func (c *Connector) describe(gateway string, id wire.Identity) []byte {
	if c.cfg.Embedding.Describe == nil {
		return wire.AppendDescriptor(nil, c.descriptor(id))
	}
	d := c.cfg.Embedding.Describe(gateway, id)
	if d == nil {
		return nil
	}
	return wire.AppendDescriptor(nil, d)
}

// answeredLocked notes how a hello was answered.
func (g *gateway) answeredLocked(id wire.Identity, line []byte) {
	for i := range g.answers {
		if g.answers[i].id == id {
			g.answers[i].line = line
			return
		}
	}
	if len(g.answers) < maxIdentities {
		g.answers = append(g.answers, answer{id, line})
	}
}

// present tells who asked for it that the gateway has come or gone.
func (g *gateway) present() {
	if tell := g.c.cfg.Embedding.Present; tell != nil {
		tell(g.id)
	}
}
