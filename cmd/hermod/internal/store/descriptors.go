package store

import (
	"bytes"
	"context"

	bolt "go.etcd.io/bbolt"
)

// Descriptors returns what KeepDescriptors kept last for a bot; nil for nothing, and where the file cannot be read.
func (s *Store) Descriptors(bot string) (kept []byte) {
	_ = s.view(func(tx *bolt.Tx) error {
		kept = bytes.Clone(tx.Bucket(bucketSaid).Get([]byte(bot)))
		return nil
	})
	return kept
}

// KeepDescriptors keeps what a bot's connector said of its platforms, and waits for the disk.
func (s *Store) KeepDescriptors(ctx context.Context, bot string, descriptors []byte) error {
	return s.do(ctx, func(c *change) error { return c.Bucket(bucketSaid).Put([]byte(bot), descriptors) })
}
