package cluster

import (
	"context"
	"errors"
	"time"

	"hermod/cluster/fence"
	"hermod/cluster/ownership"
	"hermod/cluster/registry"
)

// obey carries out what the core says. What asks the store runs on a goroutine of its own and answers by an event.
func (k *keeper) obey() {
	commands := k.core.Commands()
	for _, c := range commands {
		switch c := c.(type) {
		case ownership.AskLease:
			k.join()
		case ownership.Renew:
			k.renew(c.Lease)
		case ownership.Claim:
			k.claim(c)
		case ownership.Release:
			k.release(c)
		case ownership.Revoke:
			k.revoke(c.Lease)
		case ownership.Park:
			k.park(c.Lease)
		case ownership.Start:
			k.start(c.Bot, c.Epoch)
		case ownership.Stop:
			k.order(c.Bot, &stop{})
		case ownership.Cut:
			k.cut()
		case ownership.End:
			k.end()
		}
	}
	k.stale = k.stale || len(commands) > 0
	if before := k.status.Load(); k.over || before.Phase != k.core.Phase().String() || before.Lease != k.core.Lease() {
		k.show()
	}
}

// timeout bounds one request to the store. It is long enough for a store that is slow, and a lost one leaves time for
// another; renewals do not wait for each other.
func (k *keeper) timeout() time.Duration { return min(k.cfg.Lease/2, 5*time.Second) }

// ask has do ask the store and brings what follows from the answer.
func (k *keeper) ask(do func(ctx context.Context, store *registry.Store) func(*keeper)) {
	store := k.store.Load() // there is one: nothing is asked before it was read
	go func() {
		ctx, cancel := context.WithTimeout(k.ctx, k.timeout())
		defer cancel()
		k.post(do(ctx, store))
	}()
}

func (k *keeper) join() {
	record, sent := k.record(), fence.Now()
	k.told = k.lacks
	k.ask(func(ctx context.Context, store *registry.Store) func(*keeper) {
		lease, returned, err := store.Join(ctx, k.cfg.Name, record, k.cfg.Lease)
		if err == nil {
			sent = k.afresh(store, lease, sent)
		}
		return func(k *keeper) {
			if err != nil {
				k.fail(err)
				k.core.NotGranted(fence.Now())
				return
			}
			k.core.Granted(sent, fence.Now(), lease)
			if returned {
				k.core.Returned(fence.Now())
			}
			if k.extend() {
				k.failed = ""
				k.cfg.Logger.Info("member of the cluster", "cluster", k.cfg.Etcd.Cluster, "node", k.cfg.Name, "address", k.at)
			}
		}
	})
}

// afresh renews a lease that a slow store may have taken long to give, and returns when it began.
func (k *keeper) afresh(store *registry.Store, lease int64, granted time.Duration) time.Duration {
	ctx, cancel := context.WithTimeout(k.ctx, k.timeout())
	defer cancel()
	sent := fence.Now()
	if store.Renew(ctx, lease) != nil {
		return granted
	}
	return sent
}

func (k *keeper) renew(lease int64) {
	sent := fence.Now()
	k.ask(func(ctx context.Context, store *registry.Store) func(*keeper) {
		err := store.Renew(ctx, lease)
		return func(k *keeper) {
			if err != nil {
				k.fail(err)
				k.core.NotRenewed(lease, errors.Is(err, registry.ErrLeaseGone))
				return
			}
			k.failed = ""
			k.core.Renewed(sent, lease)
			k.extend()
		}
	})
}

// revoke gives a lease back; the node does not end before that was tried.
func (k *keeper) revoke(lease int64) {
	store := k.store.Load()
	k.revoking.Go(func() {
		ctx, cancel := context.WithTimeout(k.ctx, k.timeout())
		defer cancel()
		store.Revoke(ctx, lease)
	})
}

// park leaves a lease to itself; the node does not end before that was tried.
func (k *keeper) park(lease int64) {
	store := k.store.Load()
	k.revoking.Go(func() {
		ctx, cancel := context.WithTimeout(k.ctx, k.timeout())
		defer cancel()
		if err := store.Park(ctx, k.cfg.Name, lease); err != nil {
			k.cfg.Logger.Warn("the bots wait for the end of the lease, not for this node's return", "err", err)
		}
	})
}

// extend keeps the fence open as long as the core is a member.
func (k *keeper) extend() bool { return k.core.Lease() != 0 && k.fence.Extend(k.core.Until()) }

func (k *keeper) claim(c ownership.Claim) {
	k.ask(func(ctx context.Context, store *registry.Store) func(*keeper) {
		epoch, held, err := store.Claim(ctx, k.cfg.Name, c.Bot, c.Lease)
		return func(k *keeper) {
			k.dirty = true
			if err != nil || !held {
				k.core.NotClaimed(c.Bot, c.Lease)
				return
			}
			k.core.Claimed(fence.Now(), c.Bot, c.Lease, epoch)
		}
	})
}

func (k *keeper) release(c ownership.Release) {
	k.ask(func(ctx context.Context, store *registry.Store) func(*keeper) {
		gone, err := store.Release(ctx, c.Bot, c.Epoch)
		return func(k *keeper) {
			k.dirty = true
			if err != nil {
				gone = 0
			}
			k.core.Released(fence.Now(), c.Bot, c.Epoch, gone)
		}
	})
}

// cut ends what the node does before anything else.
func (k *keeper) cut() {
	k.fence.Close()
	k.cuts++
	k.cfg.Logger.Error("the lease is not certain any more: every connection was closed, and the node begins anew",
		"bots", len(k.grains))
	for bot := range k.grains {
		k.order(bot, &cut{})
	}
}

// end ends the node.
func (k *keeper) end() {
	k.fence.Close()
	k.over = true
}
