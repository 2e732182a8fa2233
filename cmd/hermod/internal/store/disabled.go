package store

import (
	"maps"
	"sync"

	bolt "go.etcd.io/bbolt"
)

// marks are the bots that an operator disabled, and what of it the file does not say yet. There is one for each bot at
// most, so that nobody has to wait.
type marks struct {
	mu       sync.Mutex
	disabled map[string]bool
	unsaved  map[string]bool
}

// Disabled says whether an operator disabled the bot. It never waits for the disk.
func (s *Store) Disabled(bot string) bool {
	s.marks.mu.Lock()
	defer s.marks.mu.Unlock()
	return s.marks.disabled[bot]
}

// SetDisabled notes that an operator disabled the bot, or that this is over. It never blocks; Flush waits for the disk.
// What cannot be written is tried again with every other change, and once a minute.
func (s *Store) SetDisabled(bot string, disabled bool) {
	if s.marks.set(bot, disabled) {
		select {
		case s.wake <- struct{}{}:
		default:
		}
	}
}

func (m *marks) set(bot string, disabled bool) (changed bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.disabled[bot] == disabled {
		return false
	}
	if m.unsaved == nil {
		m.unsaved = make(map[string]bool)
	}
	if m.unsaved[bot] = disabled; disabled {
		m.disabled[bot] = true
	} else {
		delete(m.disabled, bot)
	}
	return true
}

func (m *marks) load(bucket *bolt.Bucket) error {
	m.disabled = make(map[string]bool)
	return bucket.ForEach(func(bot, _ []byte) error {
		m.disabled[string(bot)] = true
		return nil
	})
}

// take hands out what is to be written.
func (m *marks) take() map[string]bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	taken := m.unsaved
	m.unsaved = nil
	return taken
}

// giveBack takes what could not be written, but for what has changed since.
func (m *marks) giveBack(marked map[string]bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	maps.Copy(marked, m.unsaved)
	m.unsaved = marked
}

func writeMarks(bucket *bolt.Bucket, marked map[string]bool) error {
	for bot, disabled := range marked {
		var err error
		if disabled {
			err = bucket.Put([]byte(bot), nil)
		} else {
			err = bucket.Delete([]byte(bot))
		}
		if err != nil {
			return err
		}
	}
	return nil
}
