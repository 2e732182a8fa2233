package connector

import (
	"fmt"

	json "github.com/goccy/go-json"
	bolt "go.etcd.io/bbolt"
)

var (
	bucketAccounts = []byte("accounts") // gateway id → account as JSON
	bucketSpent    = []byte("spent")    // enrolment token's digest → gateway id
)

// loadAccounts reads what putAccount wrote.
func (s *store) loadAccounts() (known map[string]account, spent map[string]string, err error) {
	known, spent = make(map[string]account), make(map[string]string)
	err = s.db.Update(func(tx *bolt.Tx) error {
		accounts, err := tx.CreateBucketIfNotExists(bucketAccounts)
		if err != nil {
			return err
		}
		tokens, err := tx.CreateBucketIfNotExists(bucketSpent)
		if err != nil {
			return err
		}
		err = accounts.ForEach(func(id, value []byte) error {
			var a account
			if err := json.Unmarshal(value, &a); err != nil {
				return fmt.Errorf("the account of gateway %q is damaged", id)
			}
			known[string(id)] = a
			return nil
		})
		if err != nil {
			return err
		}
		return tokens.ForEach(func(digest, id []byte) error {
			spent[string(digest)] = string(id)
			return nil
		})
	})
	if err != nil {
		return nil, nil, fmt.Errorf("connector: reading the accounts: %w", err)
	}
	return known, spent, nil
}

// putAccount writes the account and the spent tokens in one transaction, and waits for the disk.
func (s *store) putAccount(id string, a account, spent map[string]string) error {
	value, err := json.Marshal(a)
	if err != nil {
		return fmt.Errorf("connector: encoding an account: %w", err)
	}
	if len(value) > maxAccount {
		return fmt.Errorf("%w: gateway %q: %d bytes of JSON, at most %d", ErrAccountTooLarge, id, len(value), maxAccount)
	}
	return s.commitNow(func(tx *bolt.Tx) error {
		for digest, gateway := range spent {
			if err := tx.Bucket(bucketSpent).Put([]byte(digest), []byte(gateway)); err != nil {
				return err
			}
		}
		return tx.Bucket(bucketAccounts).Put([]byte(id), value)
	})
}

// commitNow makes one change and waits for the disk.
func (s *store) commitNow(apply func(tx *bolt.Tx) error) error {
	result := make(chan error, 1)
	if err := s.submit(operation{apply: apply, done: func(err error) { result <- err }}); err != nil {
		return err
	}
	return <-result
}
