package registry

import (
	"context"
	"fmt"

	"go.etcd.io/etcd/api/v3/etcdserverpb"
)

// maxIdle bounds the streams that wait for their next renewal; more are closed after use.
const maxIdle = 4

// keepAlive is a stream on which leases are renewed one after the other. It lasts: the client authenticates for each
// stream, and a password costs etcd a write and some fifty milliseconds of a processor.
type keepAlive struct {
	stream etcdserverpb.Lease_LeaseKeepAliveClient
	end    context.CancelFunc
}

// Renew has a lease begin anew. Several may be under way. The error may be ErrLeaseGone.
func (s *Store) Renew(ctx context.Context, lease int64) error {
	lasting, end := context.WithCancel(s.client.Ctx())
	k := &keepAlive{end: end}
	select {
	case k = <-s.idle:
		end()
	default:
	}
	renewed := make(chan error, 1)
	go func() { renewed <- k.renew(lasting, s, lease) }()
	var err error
	select {
	case err = <-renewed:
	case <-ctx.Done():
		err = ctx.Err()
	}
	if err == nil || err == ErrLeaseGone {
		select {
		case s.idle <- k:
			return err
		default:
		}
	}
	k.end()
	if err != nil && err != ErrLeaseGone {
		return fmt.Errorf("renew the lease: %w", err)
	}
	return err
}

// renew begins the stream, if it has not begun.
func (k *keepAlive) renew(ctx context.Context, s *Store, lease int64) (err error) {
	if k.stream == nil {
		if k.stream, err = etcdserverpb.NewLeaseClient(s.client.ActiveConnection()).LeaseKeepAlive(ctx); err != nil {
			return err
		}
	}
	if err := k.stream.Send(&etcdserverpb.LeaseKeepAliveRequest{ID: lease}); err != nil {
		return err
	}
	answer, err := k.stream.Recv()
	if err == nil && answer.TTL <= 0 {
		err = ErrLeaseGone
	}
	return err
}
