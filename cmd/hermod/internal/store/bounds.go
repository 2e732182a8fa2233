package store

import (
	"time"

	bolt "go.etcd.io/bbolt"
)

// What dead letters may take.
const (
	// MaxLetters is how many are kept.
	MaxLetters = 100_000
	// maxInMemory bounds their bytes in a store that has no folder.
	maxInMemory = 32 << 20
)

// Limits bound the dead letters; the oldest of the bot that has the most make room. Zero fields are without a bound of
// their own.
type Limits struct {
	// MaxAge is how long a letter is kept after it was delivered in vain for the last time, by Store.Age.
	MaxAge time.Duration
	// MaxBytes bounds all of them together; at most 32 MiB count in a store that is not durable.
	MaxBytes int

	letters int // MaxLetters but in tests
}

// Limit sets the bounds. They hold from the next change on, or within a minute.
func (s *Store) Limit(l Limits) {
	if !s.durable && (l.MaxBytes == 0 || l.MaxBytes > maxInMemory) {
		l.MaxBytes = maxInMemory
	}
	if l.letters == 0 {
		l.letters = MaxLetters
	}
	s.limits.Store(&l)
}

// Figures say what is kept, and what was done since the store was opened.
type Figures struct {
	// Letters and Bytes are those of the dead letters that are kept.
	Letters, Bytes int
	// Kept, Replayed, Discarded and Dropped count letters; dropped are those that had to make room, or were too old.
	Kept, Replayed, Discarded, Dropped uint64
	// WriteErrors counts transactions that failed.
	WriteErrors uint64
}

// Figures returns them as of the last change.
func (s *Store) Figures() Figures { return *s.figures.Load() }

// enforce drops letters that are too old, and then, until the bounds hold, the oldest of the bot that has the most.
func (c *change) enforce() error {
	for c.figures.Letters > 0 {
		number := c.surplus()
		if number == nil {
			return nil
		}
		l, err := c.at(number)
		if err != nil {
			return err
		}
		c.figures.Dropped++
		if err := c.remove(l); err != nil {
			return err
		}
	}
	return nil
}

// surplus finds a letter that has to go; nil when there is none.
func (c *change) surplus() []byte {
	number, value := c.Bucket(bucketLetters).Cursor().First()
	switch {
	case c.isOld(value):
		return number
	case c.figures.Letters > c.limits.letters:
		return keyOf(c.shares.oldestOfLargest(func(s *share) int { return len(s.numbers) }))
	case c.limits.MaxBytes > 0 && c.figures.Bytes > c.limits.MaxBytes:
		return keyOf(c.shares.oldestOfLargest(func(s *share) int { return s.bytes }))
	}
	return nil
}

func (c *change) isOld(value []byte) bool {
	l, err := decode(nil, value)
	return err == nil && c.limits.MaxAge > 0 && c.age-l.age > c.limits.MaxAge
}

// overdue says whether enforce would drop something, without a transaction that writes.
func (s *Store) overdue(c *change) (overdue bool) {
	_ = s.view(func(tx *bolt.Tx) error {
		c.Tx = tx
		overdue = c.figures.Letters > 0 && c.surplus() != nil
		return nil
	})
	return overdue
}
