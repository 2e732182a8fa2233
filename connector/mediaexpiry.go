package connector

import (
	"context"
	"log/slog"
	"time"

	bolt "go.etcd.io/bbolt"
)

// isOld reports whether the file has had its time.
func (m *mediaStore) isOld(item Media) bool { return time.Since(item.Stored) >= m.life }

// expire removes the files that are old, now and then until ctx ends.
func (m *mediaStore) expire(ctx context.Context, log *slog.Logger) {
	ticker := time.NewTicker(max(m.life/12, time.Millisecond))
	defer ticker.Stop()
	for {
		if err := m.removeOld(); err != nil {
			log.Error("files that have had their time could not be removed", "err", err)
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
	}
}

func (m *mediaStore) removeOld() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	n := 0
	for n < len(m.items) && m.isOld(m.items[n]) {
		n++
	}
	if n == 0 {
		return nil
	}
	return m.dropLocked(m.items[:n:n], func(*bolt.Tx) error { return nil })
}
