package connector

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"sync"

	"hermod/wire"
)

const (
	// keptSecrets is how many secrets of a gateway are valid: the newest and the one before it, so that
	// the enrolment of a successor does not cut off a gateway that is still connected.
	keptSecrets = 2
	// maxPlatforms bounds the platforms of one gateway, maxWords the route keys or scopes of one platform.
	maxPlatforms, maxWords = 64, 1000
)

// account is what a gateway declared and what it was issued. It is replaced, never changed.
type account struct {
	Tenant      string                          `json:"tenant"`
	Secrets     []string                        `json:"secrets"` // newest first; none if the configuration has them
	DeliveryKey string                          `json:"deliveryKey"`
	WakeURL     string                          `json:"wakeUrl"` // of the latest registration
	Platforms   map[string]wire.Registration    `json:"platforms"`
	Policies    map[string]wire.RelevancePolicy `json:"policies"`
}

func (a account) clone() account {
	a.Secrets, a.Platforms, a.Policies = slices.Clone(a.Secrets), maps.Clone(a.Platforms), maps.Clone(a.Policies)
	return a
}

// rotate issues a new secret, and a delivery key if there is none.
func (a *account) rotate() {
	a.Secrets = append([]string{newSecret()}, a.Secrets...)
	a.Secrets = a.Secrets[:min(len(a.Secrets), keptSecrets)]
	if a.DeliveryKey == "" {
		a.DeliveryKey = newSecret()
	}
}

func newSecret() string {
	random := make([]byte, 32)
	_, _ = rand.Read(random)
	return base64.RawURLEncoding.EncodeToString(random)
}

// accounts holds every gateway's secrets and registrations. A change takes effect only once it is on
// disk.
type accounts struct {
	store *store
	quota accountQuota
	guard wakeGuard

	mu sync.Mutex
	credentials
	known map[string]account
	spent map[string]string // enrolment token's digest → the gateway that it enrolled
}

func openAccounts(cfg Config, s *store) (*accounts, error) {
	a := &accounts{store: s, credentials: credentialsOf(&cfg), guard: newWakeGuard(&cfg),
		quota: accountQuota{all: cfg.MaxGateways, tenant: cfg.MaxTenantGateways}}
	var err error
	a.known, a.spent, err = s.loadAccounts()
	return a, err
}

// secrets returns the valid secrets of a gateway, newest first.
func (a *accounts) secrets(id string) []wire.Secret {
	a.mu.Lock()
	defer a.mu.Unlock()
	if static, ok := a.static[id]; ok {
		return static
	}
	var secrets []wire.Secret
	for _, s := range a.known[id].Secrets {
		secrets = append(secrets, wire.Secret(s))
	}
	return secrets
}

func (a *accounts) get(id string) account {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.known[id]
}

// ids returns the gateways that can authenticate, in order.
func (a *accounts) ids() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	ids := slices.Collect(maps.Keys(a.static))
	for id, account := range a.known {
		if _, static := a.static[id]; !static && len(account.Secrets) > 0 {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

// tenantOf returns the tenant of an identity token. The comparison takes constant time.
func (a *accounts) tenantOf(token string) (tenant string, ok bool) {
	for name, tokens := range a.current().tenants {
		if among(token, tokens) {
			tenant, ok = name, true
		}
	}
	return tenant, ok
}

func among(token string, known []wire.Secret) bool {
	digest, found := sha256.Sum256([]byte(token)), 0
	for _, k := range known {
		other := sha256.Sum256([]byte(k.Reveal()))
		found |= subtle.ConstantTimeCompare(digest[:], other[:])
	}
	return found == 1
}

// enroll spends a token on a gateway, which gets a new secret. The token works again for the same
// gateway, in case the answer was lost, but for no other.
func (a *accounts) enroll(tenant string, r wire.EnrollRequest) (wire.Issue, error) {
	token := r.EnrollmentToken.Reveal()
	if !among(token, a.current().tokens) {
		return wire.Issue{}, fmt.Errorf("%w: the enrolment token is unknown", errForbidden)
	}
	sum := sha256.Sum256([]byte(token))
	digest := hex.EncodeToString(sum[:])
	var issued account
	err := a.change(r.GatewayID, func(account *account, spent map[string]string) error {
		if by := spent[digest]; by != "" && by != r.GatewayID {
			return fmt.Errorf("%w: the enrolment token is spent", errForbidden)
		}
		if err := a.claim(r.GatewayID, tenant, account); err != nil {
			return err
		}
		account.rotate()
		spent[digest] = r.GatewayID
		issued = *account
		return nil
	})
	return issueOf(r.GatewayID, issued, nil, false), err
}

// provisionAs registers a platform for a tenant's gateway, and returns the gateway's secret, or its
// first one.
func (a *accounts) provisionAs(tenant string, r wire.Registration) (wire.Issue, error) {
	var issued account
	err := a.change(r.GatewayID, func(account *account, _ map[string]string) error {
		if err := a.claim(r.GatewayID, tenant, account); err != nil {
			return err
		}
		if len(account.Secrets) == 0 {
			account.rotate()
		}
		issued = *account
		return account.register(r, a.guard)
	})
	return issueOf(r.GatewayID, issued, r.RouteKeys, false), err
}

// provisionSelf registers a platform for a gateway that has proved that it has its secret.
func (a *accounts) provisionSelf(r wire.Registration) (wire.Issue, error) {
	var tenant string
	err := a.change(r.GatewayID, func(account *account, _ map[string]string) error {
		tenant = account.Tenant
		return account.register(r, a.guard)
	})
	return issueOf(r.GatewayID, account{Tenant: tenant}, r.RouteKeys, true), err
}

func issueOf(id string, a account, routeKeys []string, withheld bool) wire.Issue {
	issue := wire.Issue{RouteKeys: routeKeys, SecretWithheld: withheld,
		Credentials: wire.Credentials{GatewayID: id, Tenant: a.Tenant, DeliveryKey: wire.Secret(a.DeliveryKey)}}
	if len(a.Secrets) > 0 {
		issue.Secret = wire.Secret(a.Secrets[0])
	}
	return issue
}

// claim assigns the account to the tenant, unless it belongs to another or the tenant has no room for it. The caller
// holds the lock.
func (a *accounts) claim(id, tenant string, account *account) error {
	if _, static := a.static[id]; static {
		return fmt.Errorf("%w: the gateway's secret is in the connector's configuration", errForbidden)
	}
	if account.Tenant != "" && account.Tenant != tenant {
		return fmt.Errorf("%w: the gateway id belongs to somebody else", errForbidden)
	}
	if account.Tenant == "" {
		if err := a.admitLocked(tenant); err != nil {
			return err
		}
	}
	account.Tenant = tenant
	return nil
}

func (a *account) register(r wire.Registration, guard wakeGuard) error {
	if _, again := a.Platforms[r.Platform]; !again && len(a.Platforms) >= maxPlatforms || len(r.RouteKeys) > maxWords {
		return fmt.Errorf("%w: at most %d platforms with %d route keys each", errBadRequest, maxPlatforms, maxWords)
	}
	if r.WakeURL != "" {
		if err := guard.check(r.WakeURL); err != nil {
			return err
		}
	}
	a.WakeURL = r.WakeURL
	if a.Platforms == nil {
		a.Platforms = make(map[string]wire.Registration)
	}
	a.Platforms[r.Platform] = r
	return nil
}

// declare replaces a gateway's policy for one platform.
func (a *accounts) declare(id string, p wire.RelevancePolicy) error {
	return a.change(id, func(account *account, _ map[string]string) error {
		if _, again := account.Policies[p.Platform]; !again && len(account.Policies) >= maxPlatforms ||
			len(p.FreeResponseScopes) > maxWords {
			return fmt.Errorf("%w: at most %d platforms with %d scopes each", errBadRequest, maxPlatforms, maxWords)
		}
		if account.Policies == nil {
			account.Policies = make(map[string]wire.RelevancePolicy)
		}
		account.Policies[p.Platform] = p
		return nil
	})
}

// change edits a copy of the account and of the spent tokens, writes both, and only then uses them.
func (a *accounts) change(id string, edit func(account *account, spent map[string]string) error) error {
	if len(id) > maxGatewayID {
		return fmt.Errorf("%w: a gateway id has at most %d bytes", errBadRequest, maxGatewayID)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	old := a.known[id]
	changed, spent := old.clone(), maps.Clone(a.spent)
	if err := edit(&changed, spent); err != nil {
		return err
	}
	if err := a.store.putAccount(id, changed, spent); err != nil {
		return err
	}
	a.known[id], a.spent = changed, spent
	return nil
}
