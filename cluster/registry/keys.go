package registry

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"time"

	"go.etcd.io/etcd/api/v3/v3rpc/rpctypes"
	clientv3 "go.etcd.io/etcd/client/v3"
)

const (
	// KeyLife is how long a key is remembered at least, unless MaxKeyBytes make room earlier.
	KeyLife = time.Hour
	// MaxKeyBytes bounds what the keys of one process take in etcd, with about keyOverhead for each of their revisions.
	MaxKeyBytes = 64 << 20
	keyOverhead = 256
	// Keys hang on a few leases, one after the other, so that they end without anybody who deletes them: one lease takes
	// keys for shelfTime, or until it has its part of the bytes.
	shelfTime = 10 * time.Minute
	shelves   = 8
)

// ErrNotOwner says that the node does not have the bot, or not any more. Nothing was noted.
var ErrNotOwner = errors.New("the bot is another node's by now")

// Keys remember what became of requests that clients named by keys, whichever node their bots are on. They are not
// below the prefix that nodes watch. The methods may be called from any goroutine.
type Keys struct {
	store *Store
	limit int           // MaxKeyBytes but in tests
	turn  chan struct{} // of who reads or changes what follows

	shelves []shelf // the last one takes keys
	bytes   int
}

// shelf is a lease with the keys that hang on it.
type shelf struct {
	lease clientv3.LeaseID
	until time.Time
	bytes int
}

// Keys returns the keys of this process.
func (s *Store) Keys() *Keys { return s.keys }

// Begin notes value under a key, in one step with the question whether the bot's claim of that epoch stands. before is
// what stands there already: then nothing was noted. The error may be ErrNotOwner.
func (k *Keys) Begin(ctx context.Context, bot string, epoch int64, key string, value []byte) (before []byte,
	err error) {
	lease, err := k.room(ctx, len(value))
	if err != nil {
		return nil, fmt.Errorf("note a request's key: %w", err)
	}
	at, claim := k.store.keyOf(bot, key), k.store.key(claims, bot)
	done, err := k.store.client.Txn(ctx).
		If(clientv3.Compare(clientv3.CreateRevision(claim), "=", epoch),
			clientv3.Compare(clientv3.CreateRevision(at), "=", 0)).
		Then(clientv3.OpPut(at, string(value), clientv3.WithLease(lease))).
		Else(clientv3.OpGet(at)).Commit()
	if err != nil {
		k.see(err, lease)
		return nil, fmt.Errorf("note a request's key: %w", err)
	}
	if done.Succeeded {
		return nil, nil
	}
	for _, found := range done.Responses[0].GetResponseRange().Kvs {
		return bytes.Clone(found.Value), nil
	}
	return nil, fmt.Errorf("note a request's key: %w", ErrNotOwner)
}

// Finish replaces what Begin noted, if that still stands; nil forgets it.
func (k *Keys) Finish(ctx context.Context, bot, key string, begun, value []byte) error {
	lease, err := k.room(ctx, len(value))
	if err != nil {
		return fmt.Errorf("note what became of a request: %w", err)
	}
	at := k.store.keyOf(bot, key)
	op := clientv3.OpDelete(at)
	if value != nil {
		op = clientv3.OpPut(at, string(value), clientv3.WithLease(lease))
	}
	stands := clientv3.Compare(clientv3.Value(at), "=", string(begun))
	if _, err = k.store.client.Txn(ctx).If(stands).Then(op).Commit(); err != nil {
		k.see(err, lease)
		return fmt.Errorf("note what became of a request: %w", err)
	}
	return nil
}

// keyOf hides what clients call their requests, and bounds it. A cluster's name has no '+'.
func (s *Store) keyOf(bot, key string) string {
	sum := sha256.Sum256([]byte(key))
	return s.prefix[:len(s.prefix)-1] + "+keys/" + bot + "/" + base64.RawURLEncoding.EncodeToString(sum[:])
}

// room finds the lease for one more value. What is beyond the bound goes with the oldest lease.
func (k *Keys) room(ctx context.Context, size int) (clientv3.LeaseID, error) {
	select {
	case k.turn <- struct{}{}:
	case <-ctx.Done():
		return 0, ctx.Err()
	}
	defer func() { <-k.turn }()
	now := time.Now()
	for len(k.shelves) > 0 && now.After(k.shelves[0].until.Add(KeyLife)) {
		k.drop()
	}
	if n := len(k.shelves); n == 0 || now.After(k.shelves[n-1].until) || k.shelves[n-1].bytes > k.limit/shelves {
		granted, err := k.store.client.Grant(ctx, int64((shelfTime+KeyLife)/time.Second))
		if err != nil {
			return 0, err
		}
		k.shelves = append(k.shelves, shelf{lease: granted.ID, until: now.Add(shelfTime)})
	}
	for k.bytes > k.limit && len(k.shelves) > 1 {
		k.store.Revoke(ctx, int64(k.shelves[0].lease))
		k.drop()
	}
	last := &k.shelves[len(k.shelves)-1]
	last.bytes += size + keyOverhead
	k.bytes += size + keyOverhead
	return last.lease, nil
}

// see has the next value begin another lease if this one is gone, which only somebody else can have ended.
func (k *Keys) see(err error, lease clientv3.LeaseID) {
	if !errors.Is(err, rpctypes.ErrLeaseNotFound) {
		return
	}
	k.turn <- struct{}{}
	defer func() { <-k.turn }()
	k.shelves = slices.DeleteFunc(k.shelves, func(s shelf) bool { return s.lease == lease })
	k.bytes = 0
	for _, s := range k.shelves {
		k.bytes += s.bytes
	}
}

func (k *Keys) drop() {
	k.bytes -= k.shelves[0].bytes
	k.shelves = k.shelves[1:]
}
