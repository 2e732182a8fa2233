package registry

import (
	"context"
	"fmt"
	"maps"
	"slices"

	clientv3 "go.etcd.io/etcd/client/v3"
)

// batch is how many keys one transaction changes; etcd's default limit is 128.
const batch = 100

// Change is what is to become of one bot; an empty JSON removes it.
type Change struct {
	Bot, JSON string
	// Was is the revision that the change was planned on; 0 for a bot that was not there.
	Was int64
}

// Plan says what makes a view's bots those that are wanted, by name.
func Plan(v *View, wanted map[string]string) (added, changed, removed []Change) {
	for _, name := range slices.Sorted(maps.Keys(wanted)) {
		now, known := v.Bots[name]
		switch c := (Change{Bot: name, JSON: wanted[name], Was: now.Revision}); {
		case !known:
			added = append(added, c)
		case now.JSON != c.JSON:
			changed = append(changed, c)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(v.Bots)) {
		if _, stays := wanted[name]; !stays {
			removed = append(removed, Change{Bot: name, Was: v.Bots[name].Revision})
		}
	}
	return added, changed, removed
}

// Apply carries changes out, a hundred at a time. One whose bot was changed by somebody else meanwhile ends it with an
// error; what was done before stays done.
func (s *Store) Apply(ctx context.Context, changes []Change) error {
	for some := range slices.Chunk(changes, batch) {
		var unchanged []clientv3.Cmp
		var ops []clientv3.Op
		for _, c := range some {
			key := s.key(bots, c.Bot)
			unchanged = append(unchanged, clientv3.Compare(clientv3.ModRevision(key), "=", c.Was))
			if c.JSON == "" {
				ops = append(ops, clientv3.OpDelete(key))
			} else {
				ops = append(ops, clientv3.OpPut(key, c.JSON))
			}
		}
		done, err := s.client.Txn(ctx).If(unchanged...).Then(ops...).Commit()
		if err != nil {
			return fmt.Errorf("write the bots: %w", err)
		}
		if !done.Succeeded {
			return fmt.Errorf("write the bots: somebody else has changed them meanwhile; apply again")
		}
	}
	return nil
}

// SetDrain notes that a node is to give up what it has, or that this is over.
func (s *Store) SetDrain(ctx context.Context, node string, on bool) error {
	return s.set(ctx, drain, node, on)
}

// SetDisabled notes that an operator switched a bot off, or on again.
func (s *Store) SetDisabled(ctx context.Context, bot string, off bool) error {
	return s.set(ctx, disabled, bot, off)
}

func (s *Store) set(ctx context.Context, kind, name string, on bool) (err error) {
	if on {
		_, err = s.client.Put(ctx, s.key(kind, name), "")
	} else {
		_, err = s.client.Delete(ctx, s.key(kind, name))
	}
	if err != nil {
		return fmt.Errorf("write %s of %s: %w", kind, name, err)
	}
	return nil
}
