package deliver

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
)

const (
	// MaxReaders is how many may read one stream at once.
	MaxReaders = 16
	// keptInterrupts is how many interrupts a reader finds that was away for a moment, and keptInterruptBytes how many
	// bytes of them; the oldest make room.
	keptInterrupts     = 64
	keptInterruptBytes = 1 << 20
)

// ErrTooManyReaders says that a stream has MaxReaders readers.
var ErrTooManyReaders = errors.New("the stream has too many readers")

// Stream holds what waits to be acknowledged, in the order in which it came. Every reader gets all of it, and an
// acknowledgement by any of them counts. What it holds is bounded: by the handlers that the relay runs, which wait in
// offer, and by keptInterrupts.
type Stream struct {
	epoch string // differs each time that the daemon starts

	mu      sync.Mutex
	last    uint64  // the newest item's number
	items   []*item // by number
	told    int     // how many of them are interrupts
	toldLen int     // and how many bytes those have
	readers int
	news    chan struct{} // closed when there is a new item
	neglect neglect
}

// item is one record of a stream.
type item struct {
	number uint64
	at     time.Time // when it came
	id     string
	record []byte
	taken  chan struct{} // closed by the acknowledgement; nil for what needs none
}

// Item is what a reader gets.
type Item struct {
	// ID names the delivery, and acknowledges it; Cursor is its place in the stream.
	ID, Cursor string
	// Record is a line of JSON with its line break. It begins with the cursor.
	Record []byte
	// Acknowledge says that the delivery waits for an acknowledgement.
	Acknowledge bool
}

func newStream() *Stream {
	return &Stream{epoch: rand.Text()[:8], news: make(chan struct{}), neglect: neglect{alone: time.Now()}}
}

// offer holds a record until it is acknowledged, or ctx ends.
func (s *Stream) offer(ctx context.Context, id string, record []byte) error {
	it := &item{id: id, record: record, taken: make(chan struct{})}
	s.add(it)
	select {
	case <-it.taken:
		return nil
	case <-ctx.Done():
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case <-it.taken:
		return nil
	default:
	}
	s.remove(it)
	s.attend()
	return fmt.Errorf("wait for the acknowledgement of %s: %w", id, ctx.Err())
}

// tell keeps a record for those who read now, or were reading a moment ago.
func (s *Stream) tell(id string, record []byte) { s.add(&item{id: id, record: record}) }

func (s *Stream) add(it *item) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last++
	it.number, it.at = s.last, time.Now()
	s.items = append(s.items, it)
	if it.taken == nil {
		s.told++
		s.toldLen += len(it.record)
	}
	for s.told > keptInterrupts || s.toldLen > keptInterruptBytes {
		s.remove(s.items[slices.IndexFunc(s.items, func(it *item) bool { return it.taken == nil })])
	}
	close(s.news)
	s.news = make(chan struct{})
	s.attend()
}

// remove takes an item out; the lock is held.
func (s *Stream) remove(it *item) {
	if at := slices.Index(s.items, it); at >= 0 {
		s.items = slices.Delete(s.items, at, at+1)
		if it.taken == nil {
			s.told--
			s.toldLen -= len(it.record)
		}
	}
}

// Acknowledge settles deliveries by their ids, and returns those that wait for none: they were acknowledged before, or
// came again meanwhile or will.
func (s *Stream) Acknowledge(ids []string) (unknown []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range ids {
		known := false
		for _, it := range slices.Clone(s.items) {
			if it.id == id && it.taken != nil {
				known = true
				close(it.taken)
				s.remove(it)
			}
		}
		if !known {
			unknown = append(unknown, id)
		}
	}
	s.attend()
	return unknown
}
