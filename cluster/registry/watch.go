package registry

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"go.etcd.io/etcd/api/v3/v3rpc/rpctypes"
	clientv3 "go.etcd.io/etcd/client/v3"
)

const (
	// gather is how long changes are collected before a view shows them: a node's claims come in hundreds.
	gather = 50 * time.Millisecond
	// retry is the pause before the store is read again after a failure.
	retry = 500 * time.Millisecond
	// readTimeout bounds one reading of everything.
	readTimeout = 10 * time.Second
)

// Read returns what the store holds.
func (s *Store) Read(ctx context.Context) (*View, error) {
	found, err := s.client.Get(ctx, s.prefix, clientv3.WithPrefix())
	if err != nil {
		return nil, fmt.Errorf("read the cluster's state: %w", err)
	}
	v := newView()
	v.Revision = found.Header.Revision
	for _, kv := range found.Kvs {
		v.put(strings.TrimPrefix(string(kv.Key), s.prefix), kv)
	}
	return v, nil
}

// Watch calls see with what the store holds, at once and after changes, from one goroutine, until ctx ends. A reader
// that lags sees the newest only. failed, which may be nil, is told why the store could not be read; it is tried again.
// It also returns when etcd denies the reading: a client that asked a member for its token before that knew of users
// has none for good, so open another store.
func (s *Store) Watch(ctx context.Context, see func(*View), failed func(error)) {
	for ctx.Err() == nil {
		err := s.follow(ctx, see)
		if err != nil && ctx.Err() == nil && failed != nil {
			failed(err)
		}
		if errors.Is(err, rpctypes.ErrPermissionDenied) {
			return
		}
		select {
		case <-ctx.Done():
		case <-time.After(retry):
		}
	}
}

// follow reads everything, then watches from the next revision, so that nothing between the two is missed.
func (s *Store) follow(ctx context.Context, see func(*View)) error {
	reading, read := context.WithTimeout(ctx, readTimeout)
	now, err := s.Read(reading)
	read()
	if err != nil {
		return err
	}
	see(now.clone())
	ctx, cancel := context.WithCancel(clientv3.WithRequireLeader(ctx))
	defer cancel()
	changes := s.client.Watch(ctx, s.prefix, clientv3.WithPrefix(), clientv3.WithRev(now.Revision+1),
		clientv3.WithProgressNotify())
	var due <-chan time.Time
	for {
		select {
		case news, open := <-changes:
			if !open {
				return fmt.Errorf("watch the cluster's state: %w", context.Cause(ctx))
			}
			if err := news.Err(); err != nil {
				return fmt.Errorf("watch the cluster's state: %w", err)
			}
			s.take(now, news)
			if due == nil {
				due = time.After(gather)
			}
		case <-due:
			due = nil
			see(now.clone())
		}
	}
}

func (s *Store) take(now *View, news clientv3.WatchResponse) {
	for _, e := range news.Events {
		path := strings.TrimPrefix(string(e.Kv.Key), s.prefix)
		if e.Type == clientv3.EventTypeDelete {
			now.remove(path, e.Kv)
		} else {
			now.put(path, e.Kv)
		}
	}
	now.Revision = max(now.Revision, news.Header.Revision)
}
