package registry

import (
	"context"
	"fmt"

	clientv3 "go.etcd.io/etcd/client/v3"
)

// SetLoads says what a node's bots weigh, as long as it is a member under this lease.
func (s *Store) SetLoads(ctx context.Context, node string, lease int64, l Loads) error {
	done, err := s.client.Txn(ctx).If(clientv3.Compare(clientv3.LeaseValue(s.key(members, node)), "=", lease)).
		Then(clientv3.OpPut(s.key(loads, node), encode(l))).Commit()
	if err == nil && !done.Succeeded {
		err = ErrLeaseGone
	}
	if err != nil {
		return fmt.Errorf("tell the cluster what this node's bots weigh: %w", err)
	}
	return nil
}
