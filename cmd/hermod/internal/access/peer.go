package access

import "net/http"

// AsPeer returns a request that another node of the cluster passed on, for a client that was admitted there: it may do
// everything, to that one bot. by is who the client is there.
func AsPeer(r *http.Request, by, bot string) *http.Request {
	return r.WithContext(with(r.Context(), &Caller{by: "node:" + by, roles: withIncluded([]Role{Admin}), bots: []string{bot}}))
}
