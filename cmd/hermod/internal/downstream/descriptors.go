package downstream

import (
	"bytes"
	"context"
	"strings"

	json "github.com/goccy/go-json"

	"hermod/wire"
)

// descriptors are what a connector said last, the session's default first. They are replaced, never changed.
type descriptors []*wire.Descriptor

// of returns the descriptor of a platform, else the default, else nil.
func (d descriptors) of(platform string) *wire.Descriptor {
	for _, one := range d {
		if strings.EqualFold(one.Platform, platform) {
			return one
		}
	}
	if len(d) == 0 {
		return nil
	}
	return d[0]
}

// encode gives a list that remembered reads.
func (d descriptors) encode() []byte {
	text := []byte{'['}
	for i, one := range d {
		if i > 0 {
			text = append(text, ',')
		}
		text = one.AppendJSON(text)
	}
	return append(text, ']')
}

// remembered reads what was kept; what cannot be read is as good as nothing.
func remembered(text []byte) (known descriptors) {
	var list []json.RawMessage
	if len(text) == 0 || json.Unmarshal(text, &list) != nil {
		return nil
	}
	for _, item := range list {
		if d, err := wire.ParseDescriptor(item); err == nil {
			known = append(known, d)
		}
	}
	return known
}

// describe answers a gateway's hello with what the connector said last; nil has it wait.
func (s *Server) describe(gateway string, id wire.Identity) (d *wire.Descriptor) {
	s.with(gateway, func(g *Gateway) {
		g.mu.Lock()
		defer g.mu.Unlock()
		d = g.known.of(id.Platform)
	})
	return d
}

// learnDescriptors takes over what the bot's connector says now, and tells the gateway.
func (g *Gateway) learnDescriptors(ctx context.Context) {
	route := g.route()
	if route == nil {
		return
	}
	var now descriptors
	add := func(platform string) {
		if d := route.relay.Descriptor(platform); d != nil && (len(now) == 0 || now.of(d.Platform).Platform != d.Platform) {
			now = append(now, d)
		}
	}
	add("")
	g.mu.Lock()
	identities, before := g.identities, g.known
	g.mu.Unlock()
	for _, id := range identities {
		add(id.Platform)
	}
	if len(now) == 0 {
		return
	}
	for _, d := range before { // a session's further descriptors follow its first
		if now.of(d.Platform).Platform != d.Platform && fronts(identities, d.Platform) {
			now = append(now, d)
		}
	}
	text := now.encode()
	if bytes.Equal(text, before.encode()) {
		return
	}
	g.mu.Lock()
	g.known = now
	g.mu.Unlock()
	if c, _ := g.server.current(); c != nil {
		c.Described(g.id)
	}
	if err := g.server.opts.Memory.KeepDescriptors(ctx, g.bot, text); err != nil {
		g.log.Warn("what the connector says of its platforms is not kept for the next start", "err", err)
	}
}

func fronts(identities []wire.Identity, platform string) bool {
	for _, id := range identities {
		if strings.EqualFold(id.Platform, platform) {
			return true
		}
	}
	return false
}
