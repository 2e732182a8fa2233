package access

import (
	"net/http"
	"strings"
)

// peer begins what By says of clients that another node admitted.
const peer = "node:"

// IsPeer says that another node of the cluster asks, for a client that was admitted there.
func (c *Caller) IsPeer() bool { return strings.HasPrefix(c.by, peer) }

// Bots are the patterns of the bots that the client's roles are limited to; none is no limit. They must not be changed.
func (c *Caller) Bots() []string { return c.bots }

// AsPeer returns a request that another node of the cluster passed on, for a client that was admitted there: it may do
// everything, to that one bot. by is who the client is there.
func AsPeer(r *http.Request, by, bot string) *http.Request {
	return asPeer(r, by, Admin, []string{bot})
}

// AsPeerReader returns a request of another node that shows a client there what is here: it may read, of the bots that
// the client sees, which are patterns as those of Caller.Bots.
func AsPeerReader(r *http.Request, by string, bots []string) *http.Request {
	return asPeer(r, by, Read, bots)
}

func asPeer(r *http.Request, by string, role Role, bots []string) *http.Request {
	return r.WithContext(with(r.Context(), &Caller{by: peer + by, roles: withIncluded([]Role{role}), bots: bots}))
}
