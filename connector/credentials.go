package connector

import (
	"maps"
	"slices"

	"hermod/wire"
)

// credentials are those of the configuration. They are replaced as a whole, never changed.
type credentials struct {
	static  map[string][]wire.Secret // the gateways' secrets
	tenants map[string][]wire.Secret // the identity tokens that are accepted
	tokens  []wire.Secret            // enrolment tokens
}

func credentialsOf(cfg *Config) credentials {
	return credentials{static: cloneSecrets(cfg.Gateways), tenants: cloneSecrets(cfg.Tenants),
		tokens: slices.Clone(cfg.EnrollmentTokens)}
}

func cloneSecrets(all map[string][]wire.Secret) map[string][]wire.Secret {
	copied := maps.Clone(all)
	for name, secrets := range copied {
		copied[name] = slices.Clone(secrets)
	}
	return copied
}

// current are the credentials at this moment.
func (a *accounts) current() credentials {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.credentials
}

func (a *accounts) replace(next credentials) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.credentials = next
}

// SetCredentials replaces Config.Gateways, Config.Tenants and Config.EnrollmentTokens. A session whose secret is no
// longer there is closed with 4401 "unauthorized". A gateway without any secret takes no more deliveries; what is
// buffered for it is kept. All others stay connected. Errors: those of Config.Validate, and a *wire.ConfigError if
// nobody would have to authenticate any more, or nobody had to so far; then nothing changes.
func (c *Connector) SetCredentials(gateways, tenants map[string][]wire.Secret, enrollmentTokens []wire.Secret) error {
	next := Config{Gateways: gateways, Tenants: tenants, EnrollmentTokens: enrollmentTokens, Embedding: c.cfg.Embedding}
	if err := next.Validate(); err != nil {
		return err
	}
	if !c.authenticates || !next.authenticates() {
		return &wire.ConfigError{Field: "Gateways",
			Reason: "whether gateways authenticate is settled when the connector starts"}
	}
	c.accounts.replace(credentialsOf(&next))
	c.mu.Lock()
	for id := range gateways {
		c.knowLocked(id)
	}
	c.mu.Unlock()
	for _, g := range c.all() {
		g.endUnlessAuthorized()
	}
	return nil
}

// all returns every gateway that is known.
func (c *Connector) all() []*gateway {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Collect(maps.Values(c.gateways))
}

// endUnlessAuthorized closes the session if the secret that proved it is valid no more. It does not hold the gateway
// while it asks for secrets: who changes them waits for the disk, and the disk's answers for gateways.
func (g *gateway) endUnlessAuthorized() {
	g.mu.Lock()
	s := g.session
	g.mu.Unlock()
	if s != nil && !s.authorized() {
		s.finish(g.farewell())
	}
}

// authorized reports whether the secret that proved the session is valid.
func (s *session) authorized() bool {
	return !s.gw.c.authenticates || slices.Contains(s.gw.c.accounts.secrets(s.gw.id), s.secret)
}

// isConfigured reports whether the gateway can authenticate at all.
func (c *Connector) isConfigured(id string) bool {
	return !c.authenticates || len(c.accounts.secrets(id)) > 0
}
