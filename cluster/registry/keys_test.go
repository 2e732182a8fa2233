//go:build cluster

package registry_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"

	"hermod/cluster/etcdtest"
	"hermod/cluster/registry"
)

func TestAKeyIsNotedOnceAndOnlyByWhoHasTheBot(t *testing.T) {
	t.Parallel() // each has an etcd of its own
	e := etcdtest.Start(t)
	a, b := open(t, e), open(t, e)
	ctx := limited(t)
	leaseA, leaseB := join(t, a, "a", 10*time.Second), join(t, b, "b", 10*time.Second)
	old, _, err := a.Claim(ctx, "a", "bot", leaseA)
	if err != nil {
		t.Fatal(err)
	}
	if before, err := a.Keys().Begin(ctx, "bot", old, "k", []byte("begun")); before != nil || err != nil {
		t.Fatalf("%q, %v", before, err)
	}
	if err := a.Keys().Finish(ctx, "bot", "k", []byte("begun"), []byte("done")); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Release(ctx, "bot", old); err != nil {
		t.Fatal(err)
	}
	now, _, err := b.Claim(ctx, "b", "bot", leaseB)
	if err != nil {
		t.Fatal(err)
	}
	if before, err := b.Keys().Begin(ctx, "bot", now, "k", []byte("again")); string(before) != "done" || err != nil {
		t.Errorf("at the next owner: %q, %v", before, err)
	}
	if _, err := a.Keys().Begin(ctx, "bot", old, "other", []byte("late")); !errors.Is(err, registry.ErrNotOwner) {
		t.Errorf("the owner before notes a key still: %v", err)
	}
	if err := b.Keys().Finish(ctx, "bot", "k", []byte("something else"), nil); err != nil {
		t.Fatal(err)
	}
	if before, _ := b.Keys().Begin(ctx, "bot", now, "k", nil); string(before) != "done" {
		t.Errorf("another attempt's note was replaced by %q", before)
	}
	if v, err := b.Read(ctx); err != nil || len(v.Claims) != 1 {
		t.Errorf("nodes see the keys: %+v, %v", v, err)
	}
}

// claimed is a store of an etcd of its own, with a bot that a node has claimed.
func claimed(t *testing.T) (e *etcdtest.Etcd, s *registry.Store, ctx context.Context, epoch int64) {
	t.Helper()
	e = etcdtest.Start(t)
	s, ctx = open(t, e), limited(t)
	epoch, _, err := s.Claim(ctx, "a", "bot", join(t, s, "a", 10*time.Second))
	if err != nil {
		t.Fatal(err)
	}
	return e, s, ctx, epoch
}

func TestAKeyIsNotedThoughItsLeaseWasEnded(t *testing.T) {
	t.Parallel()
	e, s, ctx, epoch := claimed(t)
	if _, err := s.Keys().Begin(ctx, "bot", epoch, "k", []byte("1")); err != nil {
		t.Fatal(err)
	}
	root := e.Root()
	defer func() { _ = root.Close() }()
	leases, err := root.Leases(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range leases.Leases {
		if ttl, err := root.TimeToLive(ctx, l.ID); err == nil && ttl.GrantedTTL > 60 {
			s.Revoke(ctx, int64(l.ID))
		}
	}
	if _, err := s.Keys().Begin(ctx, "bot", epoch, "k2", []byte("1")); err == nil {
		t.Fatal("the key hangs on a lease that has ended")
	}
	if _, err := s.Keys().Begin(ctx, "bot", epoch, "k2", []byte("1")); err != nil {
		t.Errorf("the next one: %v", err)
	}
}

func TestKeysTakeABoundedPartOfEtcdAndTheOldestMakeRoom(t *testing.T) {
	t.Parallel()
	e, s, ctx, epoch := claimed(t)
	const bound = 80 << 10
	s.Keys().Bound(bound)
	for i := range 300 {
		if _, err := s.Keys().Begin(ctx, "bot", epoch, fmt.Sprint(i), make([]byte, 1<<10)); err != nil {
			t.Fatal(err)
		}
	}
	root := e.Root()
	defer func() { _ = root.Close() }()
	kept, err := root.Get(ctx, "/hermod/test+keys/", clientv3.WithPrefix(), clientv3.WithCountOnly())
	if err != nil || kept.Count<<10 > bound || kept.Count<<10 < bound/2 {
		t.Errorf("%d keys of 1 KiB are kept within %d bytes, %v", kept.Count, bound, err)
	}
	if before, err := s.Keys().Begin(ctx, "bot", epoch, "299", nil); before == nil || err != nil {
		t.Errorf("the newest is forgotten: %v", err)
	}
	if before, err := s.Keys().Begin(ctx, "bot", epoch, "0", []byte("1")); before != nil || err != nil {
		t.Errorf("the oldest has not made room: %v", err)
	}
}
