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

// SaveKey keeps a value under an idempotency key and forgets other keys, in one step, and waits for the disk. forget
// says which ones when the step is made, nil for none. Who keeps keys bounds them.
func (s *Store) SaveKey(ctx context.Context, key string, value []byte, forget func() []string) error {
	return s.do(ctx, func(c *change) error {
		if err := c.forget(forget); err != nil {
			return err
		}
		return c.Bucket(bucketKeys).Put([]byte(key), value)
	})
}

// ForgetKeys takes idempotency keys out, as SaveKey does.
func (s *Store) ForgetKeys(ctx context.Context, forget func() []string) error {
	return s.do(ctx, func(c *change) error { return c.forget(forget) })
}

func (c *change) forget(which func() []string) error {
	if which == nil {
		return nil
	}
	for _, key := range which() {
		if err := c.Bucket(bucketKeys).Delete([]byte(key)); err != nil {
			return err
		}
	}
	return nil
}
