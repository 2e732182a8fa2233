package registry

import (
	"context"
	"fmt"

	clientv3 "go.etcd.io/etcd/client/v3"
)

// Park leaves a node's lease to itself for as long as it lasts, with the membership and the claims that hang on it:
// nothing of the node runs any more, and its next process may take its place.
func (s *Store) Park(ctx context.Context, node string, lease int64) error {
	if err := s.Renew(ctx, lease); err != nil {
		return err
	}
	if _, err := s.client.Put(ctx, s.key(left, node), "", clientv3.WithLease(clientv3.LeaseID(lease))); err != nil {
		return fmt.Errorf("leave the claims to the next process: %w", err)
	}
	return nil
}

// succeed takes the membership of a predecessor that parked its lease over, and ends that lease with its claims. The
// membership comes first, so that no other node thinks the bots are its own to claim.
func (s *Store) succeed(ctx context.Context, node, member string, lease clientv3.LeaseID) error {
	mark, err := s.client.Get(ctx, s.key(left, node))
	if err != nil {
		return err
	}
	if len(mark.Kvs) == 0 {
		return ErrNameTaken
	}
	parked := mark.Kvs[0]
	key := s.key(members, node)
	done, err := s.client.Txn(ctx).
		If(clientv3.Compare(clientv3.LeaseValue(key), "=", parked.Lease),
			clientv3.Compare(clientv3.CreateRevision(string(parked.Key)), "=", parked.CreateRevision)).
		Then(clientv3.OpPut(key, member, clientv3.WithLease(lease)), clientv3.OpDelete(string(parked.Key))).Commit()
	if err != nil {
		return err
	}
	if !done.Succeeded {
		return ErrNameTaken
	}
	s.Revoke(ctx, parked.Lease)
	return nil
}
