package deliver

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Reader reads a stream. It belongs to one goroutine.
type Reader struct {
	stream *Stream
	after  uint64 // the number of the item that it got last
	joined uint64 // interrupts up to this number are none of its business
}

// Read returns a reader of what waits and of what comes. With the cursor of an item it goes on behind that item, unless
// the daemon was started anew: then it begins with all that waits, as without one. Close must follow. The error is
// ErrTooManyReaders.
func (s *Stream) Read(cursor string) (*Reader, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.readers == MaxReaders {
		return nil, ErrTooManyReaders
	}
	s.readers++
	s.attend()
	epoch, text, _ := strings.Cut(cursor, "-")
	number, err := strconv.ParseUint(text, 10, 64)
	if epoch != s.epoch || err != nil || number > s.last {
		return &Reader{stream: s, joined: s.last}, nil
	}
	return &Reader{stream: s, after: number}, nil
}

// Next returns what the reader has not got yet, at most max items, and a channel that is closed when there is more.
func (r *Reader) Next(max int) (items []Item, news <-chan struct{}) {
	s := r.stream
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, it := range s.items {
		if it.number <= r.after || it.taken == nil && it.number <= r.joined {
			continue
		}
		if len(items) == max {
			break
		}
		r.after = it.number
		items = append(items, it.shown(s.epoch))
	}
	return items, s.news
}

// shown puts the cursor in front of the record.
func (it *item) shown(epoch string) Item {
	cursor := fmt.Sprintf("%s-%d", epoch, it.number)
	record := append(make([]byte, 0, len(it.record)+len(cursor)+16), `{"cursor":"`...)
	record = append(append(record, cursor...), `",`...)
	return Item{ID: it.id, Cursor: cursor, Record: append(record, it.record[1:]...), Acknowledge: it.taken != nil}
}

// Close lets another reader in.
func (r *Reader) Close() {
	r.stream.mu.Lock()
	defer r.stream.mu.Unlock()
	if r.stream.readers--; r.stream.readers == 0 {
		r.stream.neglect.alone = time.Now()
	}
	r.stream.attend()
}
