package connector

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"time"

	json "github.com/goccy/go-json"
	bolt "go.etcd.io/bbolt"
)

var bucketAside = []byte("aside") // gateway id → seq → label as JSON, line end, payload

// label is what is stored of an item besides its payload.
type label struct {
	Kind   kind      `json:"kind"`
	Reason string    `json:"reason"`
	Since  time.Time `json:"since"`
}

// loadAside passes on what is set aside, oldest first for each gateway.
func (s *store) loadAside(add func(gateway string, i item)) error {
	err := s.db.Update(func(tx *bolt.Tx) error {
		shelves, err := tx.CreateBucketIfNotExists(bucketAside)
		if err != nil {
			return err
		}
		return shelves.ForEachBucket(func(gateway []byte) error {
			var items []item
			err := shelves.Bucket(gateway).ForEach(func(key, value []byte) error {
				head, payload, ok := bytes.Cut(value, []byte("\n"))
				var l label
				if !ok || len(key) != 8 || json.Unmarshal(head, &l) != nil {
					return fmt.Errorf("entry %x of gateway %q is damaged", key, gateway)
				}
				items = append(items, item{binary.BigEndian.Uint64(key), l.Kind, len(payload), l.Reason, l.Since})
				return nil
			})
			slices.SortStableFunc(items, func(a, b item) int { return a.since.Compare(b.since) })
			for _, i := range items {
				add(string(gateway), i)
			}
			return err
		})
	})
	if err != nil {
		return fmt.Errorf("connector: reading what is set aside: %w", err)
	}
	return nil
}

// setAside moves a delivery out of the buffer, and forgets those that make room for it.
func (s *store) setAside(gateway string, i item, payload []byte, forgotten []item, done func(error)) {
	_ = s.submit(operation{done: done, apply: func(tx *bolt.Tx) error {
		shelf, err := tx.Bucket(bucketAside).CreateBucketIfNotExists([]byte(gateway))
		if err != nil {
			return err
		}
		for _, old := range forgotten {
			if err := shelf.Delete(seqKey(old.seq)); err != nil {
				return err
			}
		}
		head, err := json.Marshal(label{i.kind, i.reason, i.since})
		if err != nil {
			return err
		}
		if err := shelf.Put(seqKey(i.seq), append(append(head, '\n'), payload...)); err != nil {
			return err
		}
		if buffer := tx.Bucket(bucketBuffer).Bucket([]byte(gateway)); buffer != nil {
			return buffer.Delete(seqKey(i.seq))
		}
		return nil
	}})
}

// takeBack moves a delivery back into the buffer, and waits for the disk.
func (s *store) takeBack(gateway string, i item) error {
	var missing error // which must not fail the others' changes in the same transaction
	err := s.commitNow(func(tx *bolt.Tx) error {
		shelf := tx.Bucket(bucketAside).Bucket([]byte(gateway))
		var payload []byte
		if payload, missing = payloadOn(shelf, i.seq); missing != nil {
			return nil
		}
		buffer, err := tx.Bucket(bucketBuffer).CreateBucketIfNotExists([]byte(gateway))
		if err != nil {
			return err
		}
		if err := buffer.Put(seqKey(i.seq), append([]byte{byte(i.kind)}, payload...)); err != nil {
			return err
		}
		return shelf.Delete(seqKey(i.seq))
	})
	return errors.Join(err, missing)
}

// discard forgets a delivery that is set aside, and waits for the disk.
func (s *store) discard(gateway string, i item) error {
	return s.commitNow(func(tx *bolt.Tx) error {
		if shelf := tx.Bucket(bucketAside).Bucket([]byte(gateway)); shelf != nil {
			return shelf.Delete(seqKey(i.seq))
		}
		return nil
	})
}

// asidePayload reads what is set aside, once what was submitted before is on disk.
func (s *store) asidePayload(gateway string, seq uint64) (payload []byte, err error) {
	var missing error
	err = s.commitNow(func(tx *bolt.Tx) error {
		var found []byte
		found, missing = payloadOn(tx.Bucket(bucketAside).Bucket([]byte(gateway)), seq)
		payload = bytes.Clone(found)
		return nil
	})
	return payload, errors.Join(err, missing)
}

func payloadOn(shelf *bolt.Bucket, seq uint64) ([]byte, error) {
	if shelf != nil {
		if _, payload, ok := bytes.Cut(shelf.Get(seqKey(seq)), []byte("\n")); ok {
			return payload, nil
		}
	}
	return nil, ErrNotSetAside
}
