package store

import (
	"encoding/binary"
	"time"

	bolt "go.etcd.io/bbolt"
)

// age is how long daemons have run with the file, in all. What is kept for a time ages by it: a wall clock may jump,
// and one that is ahead for a moment must not take away what cannot be got again. While no daemon runs nothing ages.
type age struct {
	before  time.Duration // when the store was opened
	opened  time.Time
	written time.Duration // what the file says; belongs to the writing goroutine
}

// ageInterval is by how much the file may be behind if nothing else is written.
const ageInterval = time.Hour

var keyAge = []byte("age")

// Age is how long daemons have run with what this store keeps, in all. It only grows, whatever becomes of the machine's
// clock, and stands still while no daemon runs. After a crash it may be up to an hour behind.
func (s *Store) Age() time.Duration { return s.age.before + time.Since(s.age.opened) }

// loadAge begins to count where the daemon before ended.
func (s *Store) loadAge(meta *bolt.Bucket) {
	if found := meta.Get(keyAge); len(found) == 8 {
		s.age.before = time.Duration(binary.BigEndian.Uint64(found))
	}
	s.age.opened, s.age.written = time.Now(), s.age.before
}

func (c *change) writeAge() error {
	return c.Bucket(bucketMeta).Put(keyAge, binary.BigEndian.AppendUint64(nil, uint64(c.age)))
}
