package api

import (
	"net/http"
	"slices"
	"strings"
	"sync"

	json "github.com/goccy/go-json"

	"hermod/cmd/hermod/internal/access"
	"hermod/cmd/hermod/internal/fleet"
)

// filtering are the routes that keep to the bots that a client sees, though their paths name none.
var filtering = []string{"/v1/daemon", "/v1/events", "/v1/bots"}

// roles are those that the description names, by method and path.
var roles = sync.OnceValue(func() map[string]access.Role {
	var described struct {
		Paths map[string]map[string]json.RawMessage
	}
	if err := json.Unmarshal(Description, &described); err != nil {
		panic(err) // it is part of the binary
	}
	found := make(map[string]access.Role)
	for path, item := range described.Paths {
		for method, text := range item {
			var operation struct {
				Security []struct{ Bearer []access.Role }
			}
			if json.Unmarshal(text, &operation) == nil && len(operation.Security) > 0 {
				found[strings.ToUpper(method)+" "+path] = roleOf(operation.Security[0].Bearer)
			}
		}
	}
	return found
})

// roleOf is the one role that a route asks for; none is for whoever was let in.
func roleOf(named []access.Role) access.Role {
	if len(named) == 1 {
		return named[0]
	}
	if len(named) == 0 {
		return access.Any
	}
	return access.Admin
}

// visible are the bots that a client sees.
func (a *api) visible(r *http.Request) []*fleet.Bot {
	caller, all := access.CallerOf(r), a.Fleet.Bots()
	if !caller.Limited() {
		return all
	}
	return slices.DeleteFunc(slices.Clone(all), func(b *fleet.Bot) bool { return !caller.Sees(b.Name()) })
}

// daemonFor is the daemon as a client sees it: mistakes in the configuration may name bots.
func (a *api) daemonFor(c *access.Caller) Daemon {
	d := a.Daemon()
	if c.Limited() && d.ConfigError != "" {
		d.ConfigError = "the last reload changed nothing; the daemon's log says why"
	}
	return d
}

// needOf says what a route asks of its clients, as its description says it. One that says nothing is for admins.
func needOf(method, path string) access.Need {
	role, described := roles()[method+" "+path]
	if !described {
		role = access.Admin
	}
	return access.Need{Role: role, Filters: slices.Contains(filtering, path)}
}
