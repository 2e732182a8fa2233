package connector

import (
	"maps"
	"net/http"
	"slices"
)

// BootState is what a gateway declared over HTTP.
type BootState struct {
	Tenant    string          `json:"tenant"`
	Platforms []PlatformState `json:"platforms"`
	Policies  []PolicyState   `json:"policies"`
	WakeURL   string          `json:"wakeUrl"`
}

// PlatformState is a platform that a gateway provisioned.
type PlatformState struct {
	Platform    string   `json:"platform"`
	BotID       string   `json:"botId"`
	Endpoint    string   `json:"gatewayEndpoint"`
	RouteKeys   []string `json:"routeKeys"`
	InstanceID  string   `json:"instanceId"`
	DisplayName string   `json:"displayName"`
}

// PolicyState is the policy of a platform.
type PolicyState struct {
	Platform           string   `json:"platform"`
	RequireAddress     bool     `json:"requireAddress"`
	FreeResponseScopes []string `json:"freeResponseScopes"`
	AllowOtherBots     bool     `json:"allowOtherBots"`
}

// Boot returns what every gateway declared, by id, in the order of platforms and without secrets.
func (c *Connector) Boot() map[string]BootState {
	c.accounts.mu.Lock()
	defer c.accounts.mu.Unlock()
	states := make(map[string]BootState, len(c.accounts.known))
	for id, a := range c.accounts.known {
		s := BootState{Tenant: a.Tenant, WakeURL: a.WakeURL, Platforms: []PlatformState{}, Policies: []PolicyState{}}
		for _, name := range slices.Sorted(maps.Keys(a.Platforms)) {
			r := a.Platforms[name]
			s.Platforms = append(s.Platforms, PlatformState{Platform: name, BotID: r.BotID, Endpoint: r.Endpoint,
				RouteKeys: notNil(r.RouteKeys), InstanceID: r.InstanceID, DisplayName: r.DisplayName})
		}
		for _, name := range slices.Sorted(maps.Keys(a.Policies)) {
			p := a.Policies[name]
			s.Policies = append(s.Policies, PolicyState{Platform: name, RequireAddress: p.RequireAddress,
				FreeResponseScopes: notNil(p.FreeResponseScopes), AllowOtherBots: p.AllowOtherBots})
		}
		states[id] = s
	}
	return states
}

func notNil(words []string) []string { return append([]string{}, words...) }

func (c *Connector) answerBoot(w http.ResponseWriter, r *http.Request) {
	if allow(w, r, http.MethodGet) {
		writeJSON(w, http.StatusOK, map[string]any{"gateways": c.Boot()})
	}
}
