package cluster

import (
	"context"
	"fmt"

	"hermod/cluster/registry"
)

// Begin notes value under a key that a client chose for a request to a bot of this node, before it is carried out.
// before is what was noted under that key already, here or on a node that had the bot before: then the request is not
// to be carried out. What is noted is remembered for registry.KeyLife. An error says that nothing is known: the request
// is not to be carried out either.
func (n *Node) Begin(ctx context.Context, bot, key string, value []byte) (before []byte, err error) {
	store, epoch := n.store.Load(), n.Status().Bots[bot]
	if store == nil || epoch == 0 {
		return nil, fmt.Errorf("note a request's key: %w", registry.ErrNotOwner)
	}
	return store.Keys().Begin(ctx, bot, epoch, key, value)
}

// Finish replaces what Begin has noted by what became of the request; nil forgets it.
func (n *Node) Finish(ctx context.Context, bot, key string, begun, value []byte) error {
	store := n.store.Load()
	if store == nil {
		return fmt.Errorf("note what became of a request: %w", registry.ErrNotOwner)
	}
	return store.Keys().Finish(ctx, bot, key, begun, value)
}
