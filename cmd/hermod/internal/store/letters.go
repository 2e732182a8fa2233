package store

import (
	"bytes"
	"context"
	"errors"
	"math"
	"time"

	bolt "go.etcd.io/bbolt"
)

// mergeRoom is more than a letter grows when its tries add up and its age is written down, in bytes.
const mergeRoom = 64

// Keep keeps a delivery that failed and waits until that is on the disk. One that is kept already, which came and
// failed again, is replaced; its tries add up. The error is ErrTooLarge, ErrClosed, ctx's, or one of the disk.
func (s *Store) Keep(ctx context.Context, l Letter) error {
	value, err := l.encode()
	if err != nil {
		return err
	}
	if limit := s.limits.Load().MaxBytes; limit > 0 && len(value)+mergeRoom > limit {
		return ErrTooLarge
	}
	return s.do(ctx, func(c *change) error {
		old, err := c.find(l.ID)
		if err != nil {
			return err
		}
		merged := l
		if old != nil {
			merged.Tries += old.Tries
			merged.First = old.First
			if err := c.remove(old); err != nil {
				return err
			}
		}
		c.figures.Kept++
		return c.put(&merged)
	})
}

// Failed notes that a letter was replayed in vain. One that is not there any more stays away.
func (s *Store) Failed(ctx context.Context, id, cause string) error {
	return s.do(ctx, func(c *change) error {
		old, err := c.find(id)
		if err != nil || old == nil {
			return err
		}
		again := old.Letter
		again.Record = bytes.Clone(old.Record)
		again.Tries++
		again.Cause, again.Last = cause, time.Now()
		if err := c.remove(old); err != nil {
			return err
		}
		return c.put(&again)
	})
}

// Replayed takes out a letter that was delivered after all, Discard one that nobody wants. They say whether it was
// there.
func (s *Store) Replayed(ctx context.Context, id string) (bool, error) {
	return s.takeOut(ctx, id, func(f *Figures) { f.Replayed++ })
}

// Discard is described at Replayed.
func (s *Store) Discard(ctx context.Context, id string) (bool, error) {
	return s.takeOut(ctx, id, func(f *Figures) { f.Discarded++ })
}

func (s *Store) takeOut(ctx context.Context, id string, count func(*Figures)) (there bool, err error) {
	found := false
	err = s.do(ctx, func(c *change) error {
		old, err := c.find(id)
		if err != nil || old == nil {
			return err
		}
		found = true
		count(&c.figures)
		return c.remove(old)
	})
	if err != nil { // found may be written yet
		return false, err
	}
	return found, nil
}

// Letter returns a letter with its record; false when there is none of this id.
func (s *Store) Letter(id string) (found Letter, there bool, err error) {
	err = s.view(func(tx *bolt.Tx) error {
		l, err := find(tx, id)
		if err == nil && l != nil {
			found, there = l.Letter, true
			found.Record = bytes.Clone(l.Record)
		}
		return err
	})
	return found, there, err
}

// Page bounds what List returns.
type Page struct {
	// Bot leaves the letters of one bot; "" leaves all.
	Bot string
	// Before is where the page before ended; 0 is the first page.
	Before uint64
	// Letters bounds how many there are; Bytes bounds their records, but for the first, if they are asked for.
	Letters, Bytes int
	// Records asks for the records, too.
	Records bool
}

// List returns letters, the newest first, and where the next page begins; 0 where none follows.
func (s *Store) List(p Page) (letters []Letter, next uint64, err error) {
	if p.Before == 0 {
		p.Before = math.MaxUint64
	}
	size := 0
	err = s.view(func(tx *bolt.Tx) error {
		cursor := tx.Bucket(bucketLetters).Cursor()
		for number, value := before(cursor, p.Before); number != nil; number, value = cursor.Prev() {
			l, err := decode(number, value)
			if err != nil {
				return err
			}
			if p.Bot != "" && l.Bot != p.Bot {
				continue
			}
			if len(letters) == p.Letters || p.Records && len(letters) > 0 && size+l.Size > p.Bytes {
				next = letters[len(letters)-1].number
				return nil
			}
			size += l.Size
			if l.Record = bytes.Clone(l.Record); !p.Records {
				l.Record = nil
			}
			letters = append(letters, *l)
		}
		return nil
	})
	return letters, next, err
}

// before finds the newest letter before a number.
func before(cursor *bolt.Cursor, limit uint64) (number, value []byte) {
	if number, _ := cursor.Seek(keyOf(limit)); number == nil {
		return cursor.Last()
	}
	return cursor.Prev()
}

// inFile is a letter and how much of the file it takes.
type inFile struct {
	Letter
	stored int
}

func (c *change) find(id string) (*inFile, error) { return find(c.Tx, id) }

// find returns nil when there is no such letter.
func find(tx *bolt.Tx, id string) (*inFile, error) {
	number := tx.Bucket(bucketNumbers).Get([]byte(id))
	if number == nil {
		return nil, nil
	}
	return at(tx, number)
}

func (c *change) at(number []byte) (*inFile, error) { return at(c.Tx, number) }

func at(tx *bolt.Tx, number []byte) (*inFile, error) {
	value := tx.Bucket(bucketLetters).Get(number)
	if value == nil {
		return nil, errors.Join(errDamaged, errors.New("a dead letter is not where it should be"))
	}
	l, err := decode(number, value)
	if err != nil {
		return nil, err
	}
	return &inFile{*l, len(value)}, nil
}

func (c *change) put(l *Letter) error {
	letters := c.Bucket(bucketLetters)
	next, err := letters.NextSequence()
	if err != nil {
		return err
	}
	l.age = c.age
	value, err := l.encode()
	if err != nil {
		return err
	}
	c.count(l.Bot, next, len(value))
	if err := letters.Put(keyOf(next), value); err != nil {
		return err
	}
	return c.Bucket(bucketNumbers).Put([]byte(l.ID), keyOf(next))
}

func (c *change) remove(l *inFile) error {
	c.discount(l.Bot, l.number, l.stored)
	number := keyOf(l.number)
	return errors.Join(c.Bucket(bucketLetters).Delete(number), c.Bucket(bucketNumbers).Delete([]byte(l.ID)))
}
