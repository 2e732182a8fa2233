package api

import (
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
func (a *api) visible(c *access.Caller) []*fleet.Bot {
	all := a.Fleet.Bots()
	if !c.Limited() {
		return all
	}
	return slices.DeleteFunc(slices.Clone(all), func(b *fleet.Bot) bool { return !c.Sees(b.Name()) })
}

// daemonFor is the daemon as a client sees it: its own bots are counted, and no mistake in the configuration is shown,
// which may name others.
func (a *api) daemonFor(c *access.Caller) Daemon {
	d := a.Daemon()
	if !c.Limited() {
		return d
	}
	if d.ConfigError != "" {
		d.ConfigError = "the last reload changed nothing; the daemon's log says why"
	}
	d.Bots = make(map[string]int)
	for _, b := range a.visible(c) {
		d.Bots[b.Status().PlatformState]++
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
