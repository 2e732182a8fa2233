package store

import (
	"bytes"
	"context"

	bolt "go.etcd.io/bbolt"
)

// Keys gives every idempotency key to take with what is kept under it, which take may hold on to.
func (s *Store) Keys(take func(key string, value []byte)) error {
	return s.view(func(tx *bolt.Tx) error {
		return tx.Bucket(bucketKeys).ForEach(func(key, value []byte) error {
			take(string(key), bytes.Clone(value))
			return nil
		})
	})
}

// SaveKey keeps a value under an idempotency key and forgets other keys, in one step, and waits for the disk. Who keeps
// keys bounds them.
func (s *Store) SaveKey(ctx context.Context, key string, value []byte, forget ...string) error {
	return s.do(ctx, func(c *change) error {
		bucket := c.Bucket(bucketKeys)
		for _, old := range forget {
			if err := bucket.Delete([]byte(old)); err != nil {
				return err
			}
		}
		return bucket.Put([]byte(key), value)
	})
}

// ForgetKeys takes idempotency keys out and waits for the disk.
func (s *Store) ForgetKeys(ctx context.Context, keys ...string) error {
	return s.do(ctx, func(c *change) error {
		for _, key := range keys {
			if err := c.Bucket(bucketKeys).Delete([]byte(key)); err != nil {
				return err
			}
		}
		return nil
	})
}
