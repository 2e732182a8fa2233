package access

import (
	"context"
	"net/http"
	"path"
	"slices"
)

// Role is a kind of thing that a client may do.
type Role string

// The roles. Steer includes Read, and Admin everything. Any is what every client may do who was let in.
const (
	Any     Role = ""
	Read    Role = "read"    // see how bots and the daemon are
	Act     Role = "act"     // act for bots, and receive for them
	Steer   Role = "steer"   // start, stop and wake bots
	Metrics Role = "metrics" // read the metrics
	Admin   Role = "admin"
)

// includes says what a role allows besides itself.
var includes = map[Role][]Role{
	Steer: {Read},
	Admin: {Read, Act, Steer, Metrics},
}

// Caller is a client that was let in. It never changes.
type Caller struct {
	by     string   // who, for the log
	roles  []Role   // with what they include
	bots   []string // patterns; none is every bot
	digest digest   // of the token, zero for none
}

// By says who the client is: "token:NAME", "certificate:SUBJECT" or "local".
func (c *Caller) By() string { return c.by }

// Has says whether the client has a role, for whatever bot.
func (c *Caller) Has(role Role) bool { return role == Any || slices.Contains(c.roles, role) }

// Sees says whether the client's roles reach a bot.
func (c *Caller) Sees(bot string) bool {
	return !c.Limited() || slices.ContainsFunc(c.bots, func(pattern string) bool {
		matched, _ := path.Match(pattern, bot) // a name holds no slash
		return matched
	})
}

// Limited says that the client's roles are for some bots only.
func (c *Caller) Limited() bool { return len(c.bots) > 0 }

func (c *Caller) same(other *Caller) bool {
	return c.by == other.by && c.digest == other.digest && slices.Equal(c.roles, other.roles) &&
		slices.Equal(c.bots, other.bots)
}

// withIncluded returns roles in a fixed order, with what they include.
func withIncluded(roles []Role) []Role {
	all := slices.Clone(roles)
	for _, role := range roles {
		all = append(all, includes[role]...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

type callerKey struct{}

// nobody may do what everybody who was let in may, nothing else.
var nobody = &Caller{by: "nobody"}

// CallerOf returns the client that a request is of. Without a guard in front that is nobody, who has no role.
func CallerOf(r *http.Request) *Caller {
	if c, ok := r.Context().Value(callerKey{}).(*Caller); ok {
		return c
	}
	return nobody
}

func with(ctx context.Context, c *Caller) context.Context {
	return context.WithValue(ctx, callerKey{}, c)
}
