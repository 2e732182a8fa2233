package connector

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	json "github.com/goccy/go-json"
	bolt "go.etcd.io/bbolt"

	"hermod/wire"
)

var bucketMedia = []byte("media") // media id → Media as JSON

// maxTransfers bounds the concurrent uploads, each of which may take wire.MaxMedia of the disk, and maxOwnTransfers
// those of one owner.
const maxTransfers, maxOwnTransfers = 16, 4

// Media describes a stored file.
type Media struct {
	ID string `json:"id"`
	// Gateway is the owner. The other gateways of its tenant can read the file, too.
	Gateway     string    `json:"gateway"`
	ContentType string    `json:"contentType"`
	Filename    string    `json:"filename"`
	Size        int64     `json:"size"`
	Stored      time.Time `json:"stored"`
}

// mediaStore keeps files in a folder and their descriptions in the store. At a quota older ones are
// removed.
type mediaStore struct {
	dir     string
	store   *store
	quota   mediaQuota
	life    time.Duration
	ownerOf func(gateway string) string // whose quota a file counts against

	mu        sync.Mutex
	items     []Media // oldest first
	total     mediaUse
	transfers map[string]int // uploads under way, by owner
}

// openMedia reads what is stored; files that were never finished are removed.
func openMedia(s *store, quota mediaQuota, life time.Duration, ownerOf func(string) string) (*mediaStore, error) {
	m := &mediaStore{dir: filepath.Join(s.dir, "media"), store: s, quota: quota, life: life, ownerOf: ownerOf,
		transfers: make(map[string]int)}
	err := os.MkdirAll(m.dir, 0o700)
	if err == nil {
		err = m.load()
	}
	if err == nil {
		err = m.sweep()
	}
	if err != nil {
		return nil, fmt.Errorf("connector: opening the media folder: %w", err)
	}
	return m, nil
}

func (m *mediaStore) load() error {
	return m.store.db.Update(func(tx *bolt.Tx) error {
		bucket, err := tx.CreateBucketIfNotExists(bucketMedia)
		if err != nil {
			return err
		}
		var lost [][]byte
		err = bucket.ForEach(func(id, value []byte) error {
			var item Media
			if err := json.Unmarshal(value, &item); err != nil || item.ID != string(id) {
				return fmt.Errorf("the description of %q is damaged", id)
			}
			if _, err := os.Stat(m.path(item.ID)); err != nil {
				lost = append(lost, id)
				return nil
			}
			m.items = append(m.items, item)
			m.total = m.total.plus(item)
			return nil
		})
		for _, id := range lost {
			err = errors.Join(err, bucket.Delete(id))
		}
		slices.SortStableFunc(m.items, func(a, b Media) int { return a.Stored.Compare(b.Stored) })
		return err
	})
}

// sweep removes the files without a description.
func (m *mediaStore) sweep() error {
	files, err := os.ReadDir(m.dir)
	for _, f := range files {
		if _, ok := m.find(f.Name()); !ok {
			err = errors.Join(err, os.Remove(m.path(f.Name())))
		}
	}
	return err
}

func (m *mediaStore) path(id string) string { return filepath.Join(m.dir, id) }

func (m *mediaStore) find(id string) (Media, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	i := slices.IndexFunc(m.items, func(item Media) bool { return item.ID == id })
	if i < 0 {
		return Media{}, false
	}
	return m.items[i], true
}

// put stores what is read and fills in the id, the size and the time.
func (m *mediaStore) put(item Media, from io.Reader) (Media, error) {
	end, ok := m.begin(m.ownerOf(item.Gateway))
	if !ok {
		return Media{}, ErrMediaBusy
	}
	defer end()
	random := make([]byte, 16)
	_, _ = rand.Read(random)
	item.ID, item.Stored = hex.EncodeToString(random), time.Now().UTC()
	var err error
	if item.Size, err = m.write(m.path(item.ID), from); err == nil {
		err = m.admit(item)
	}
	if err != nil {
		_ = os.Remove(m.path(item.ID))
		return Media{}, err
	}
	return item, nil
}

// begin counts an upload, unless there are too many already.
func (m *mediaStore) begin(owner string) (end func(), ok bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	all := 0
	for _, n := range m.transfers {
		all += n
	}
	if all >= maxTransfers || m.transfers[owner] >= maxOwnTransfers {
		return nil, false
	}
	m.transfers[owner]++
	return func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		if m.transfers[owner]--; m.transfers[owner] == 0 {
			delete(m.transfers, owner)
		}
	}, true
}

// limit is the size of the largest file that may be kept.
func (m *mediaStore) limit() int64 { return min(wire.MaxMedia, m.quota.owner.bytes, m.quota.all.bytes) }

func (m *mediaStore) write(path string, from io.Reader) (int64, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return 0, fmt.Errorf("connector: storing a file: %w", withoutFolder(err))
	}
	size, err := io.Copy(file, io.LimitReader(from, m.limit()+1))
	if err == nil {
		err = file.Sync()
	}
	err = errors.Join(err, file.Close())
	switch {
	case err != nil:
		return 0, fmt.Errorf("connector: storing a file: %w", withoutFolder(err))
	case size == 0:
		return 0, ErrMediaEmpty
	case size > m.limit():
		return 0, ErrMediaTooLarge
	}
	return size, nil
}

// admit records the file in the store, after removing others if necessary.
func (m *mediaStore) admit(item Media) error {
	value, err := json.Marshal(item)
	if err != nil {
		return fmt.Errorf("connector: describing a file: %w", err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	err = m.dropLocked(m.victims(item), func(tx *bolt.Tx) error {
		return tx.Bucket(bucketMedia).Put([]byte(item.ID), value)
	})
	if err == nil {
		m.items, m.total = append(m.items, item), m.total.plus(item)
	}
	return err
}

// dropLocked removes files, and makes another change together with that.
func (m *mediaStore) dropLocked(victims []Media, change func(tx *bolt.Tx) error) error {
	err := m.store.commitNow(func(tx *bolt.Tx) error {
		for _, old := range victims {
			if err := tx.Bucket(bucketMedia).Delete([]byte(old.ID)); err != nil {
				return err
			}
		}
		return change(tx)
	})
	if err != nil {
		return err
	}
	for _, old := range victims {
		_ = os.Remove(m.path(old.ID))
		m.total = m.total.minus(old)
	}
	m.items = slices.DeleteFunc(slices.Clone(m.items), func(item Media) bool {
		return slices.ContainsFunc(victims, func(old Media) bool { return old.ID == item.ID })
	})
	return nil
}

// open returns the file for reading.
func (m *mediaStore) open(id string) (Media, *os.File, error) {
	item, ok := m.find(id)
	if !ok || m.isOld(item) {
		return Media{}, nil, ErrNoMedia
	}
	file, err := os.Open(m.path(id))
	if err != nil {
		return Media{}, nil, ErrNoMedia
	}
	return item, file, nil
}

func withoutFolder(err error) error {
	var failed *os.PathError
	if errors.As(err, &failed) {
		return failed.Err
	}
	return err
}
