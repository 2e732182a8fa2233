package connector

import "fmt"

// maxAccount bounds what a gateway declared and was issued, in bytes of JSON.
const maxAccount = 256 << 10

// accountQuota bounds the gateways that are issued credentials, in all and of one tenant.
type accountQuota struct{ all, tenant int }

// admitLocked refuses one gateway more.
func (a *accounts) admitLocked(tenant string) error {
	all, own := 0, 0
	for id, account := range a.known {
		if _, static := a.static[id]; static {
			continue
		}
		all++
		if account.Tenant == tenant {
			own++
		}
	}
	switch {
	case own >= a.quota.tenant:
		return fmt.Errorf("%w: tenant %q has %d; ask the connector's operator for more", ErrTenantFull, tenant, own)
	case all >= a.quota.all:
		return fmt.Errorf("%w: %d gateways are known, which is the bound", ErrTooManyGateways, all)
	}
	return nil
}

// shareTenant reports whether the gateways may read each other's files. Those without a tenant are the operator's own,
// and share theirs.
func (a *accounts) shareTenant(one, other string) bool {
	return a.get(one).Tenant == a.get(other).Tenant
}

// owner is whose quota the gateway's files count against: its tenant's, or its own where it has none.
func (a *accounts) owner(id string) string {
	if tenant := a.get(id).Tenant; tenant != "" {
		return "tenant " + tenant
	}
	return "gateway " + id
}
