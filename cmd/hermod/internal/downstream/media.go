package downstream

import (
	"bytes"

	"hermod/wire"
)

// outgoing has the URLs of the connector's media in an event lead here, so that the gateway asks for them with its
// bearer.
func (s *Server) outgoing(gateway, base string, object []byte) (changed []byte) {
	changed = object
	if bytes.Contains(object, []byte(wire.MediaPath)) {
		s.with(gateway, func(g *Gateway) { changed = readdress(object, g.base(), base) })
	}
	return changed
}

// inward has the URLs of media that the gateway uploaded here lead to the connector, which has them.
func (g *Gateway) inward(base string, a wire.Action) wire.Action {
	object := a.AppendJSON(nil)
	if !bytes.Contains(object, []byte(base+wire.MediaPath)) {
		return a
	}
	changed, err := wire.ParseAction(readdress(object, base, g.base()))
	if err != nil {
		return a
	}
	return changed
}

// base is that of the connector's HTTP plane.
func (g *Gateway) base() string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.upstream
}

// readdress has media that a JSON text names by URL lead elsewhere.
func readdress(object []byte, from, to string) []byte {
	return bytes.ReplaceAll(object, []byte(`"`+from+wire.MediaPath+"/"), []byte(`"`+to+wire.MediaPath+"/"))
}
