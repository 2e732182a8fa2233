package store

import (
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	bolt "go.etcd.io/bbolt"
)

// The file's buckets.
var (
	bucketMeta     = []byte("meta")           // "format", "age"
	bucketLetters  = []byte("dead_letters")   // number → letter, in the order in which they were kept
	bucketNumbers  = []byte("dead_letter_id") // a letter's id → its number
	bucketDisabled = []byte("disabled")       // bot → ""
	bucketKeys     = []byte("idempotency")    // key → what its owner keeps under it
	bucketSaid     = []byte("descriptors")    // bot → what its connector said of its platforms
)

// maxWaiting bounds the changes that wait to be written; more callers wait until there is room.
const maxWaiting = 256

// sweepInterval is how often letters that are too old are looked for.
const sweepInterval = time.Minute

var (
	// ErrClosed: the daemon is ending, and nothing is kept any more.
	ErrClosed = errors.New("the store is closed")
	// ErrTooLarge: a dead letter is larger than all dead letters together may be.
	ErrTooLarge = errors.New("it is larger than dead_letters.max_bytes")
)

// Store keeps state. Its methods may be called from any goroutine.
type Store struct {
	db      *bolt.DB
	durable bool
	log     *slog.Logger
	limits  atomic.Pointer[Limits]
	figures atomic.Pointer[Figures]

	work   chan *operation
	wake   chan struct{} // there are marks to be written
	ending chan struct{} // closed when nothing more is taken
	done   chan struct{} // closed when everything is written
	close  sync.Once

	// What follows belongs to the writing goroutine.
	now     Figures   // what the file holds, and what was done so far
	shares  shares    // of the bots in what the file holds
	damage  error     // what a damaged file did to a transaction; nothing touches the file any more
	failing bool      // the last transaction failed, and the log says so
	untold  uint64    // letters that were dropped since the log said so
	told    time.Time // when it did

	marks marks
	age   age
}

// start begins to write.
func start(db *bolt.DB, durable bool, log *slog.Logger) (*Store, error) {
	s := &Store{db: db, durable: durable, log: log, shares: make(shares), work: make(chan *operation, maxWaiting),
		wake: make(chan struct{}, 1), ending: make(chan struct{}), done: make(chan struct{})}
	s.Limit(Limits{})
	if err := s.load(); err != nil {
		return nil, err
	}
	s.publish()
	go s.run()
	return s, nil
}

// Durable says that what is kept outlives the daemon.
func (s *Store) Durable() bool { return s.durable }

// load reads how much there is of each bot, and the marks.
func (s *Store) load() error {
	return s.view(func(tx *bolt.Tx) error {
		s.loadAge(tx.Bucket(bucketMeta))
		err := tx.Bucket(bucketLetters).ForEach(func(number, value []byte) error {
			l, err := decode(number, value)
			if err != nil {
				return err
			}
			s.shares.add(l.Bot, l.number, len(value))
			s.now.Letters++
			s.now.Bytes += len(value)
			return nil
		})
		if err != nil {
			return err
		}
		return s.marks.load(tx.Bucket(bucketDisabled))
	})
}

// view reads. What it finds is good until read returns.
func (s *Store) view(read func(*bolt.Tx) error) error {
	return guarded(func() error { return s.db.View(read) })
}

// Close writes what waits and lets go of the file. What is asked for afterwards fails with ErrClosed.
func (s *Store) Close() error {
	var err error
	s.close.Do(func() {
		close(s.ending)
		<-s.done
		err = letGo(s.db, s.damage)
	})
	return err
}
