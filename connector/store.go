package connector

import (
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
)

// The file's buckets.
var (
	bucketMeta    = []byte("meta")    // "id", "run"
	bucketBuffer  = []byte("buffer")  // gateway id → seq → kind, payload
	bucketRevoked = []byte("revoked") // gateway id → ""
)

// maxCommit bounds the operations of one transaction.
const maxCommit = 1024

// store is the durable half of every gateway's buffer. One goroutine commits: whatever was
// submitted while the disk synced goes into the next transaction, in the order of submission.
type store struct {
	db  *bolt.DB
	dir string // removed at close when temporary
	tmp bool
	id  string // distinguishes the buffer ids of two stores
	seq atomic.Uint64

	mu      sync.Mutex
	pending []operation
	closing bool
	wake    chan struct{}
	done    chan struct{}
}

// operation changes the store; done is called in order, after the commit, by the committing
// goroutine.
type operation struct {
	apply func(tx *bolt.Tx) error
	done  func(error)
}

// stored is an entry found when the store was opened.
type stored struct {
	gateway string
	entry   *entry
}

// openStore opens or creates the buffer in dir ("" for a temporary folder) and returns what it
// holds, in order, with the gateways that are revoked.
func openStore(dir string) (*store, []stored, []string, error) {
	s := &store{dir: dir, tmp: dir == "", wake: make(chan struct{}, 1), done: make(chan struct{})}
	var err error
	if s.tmp {
		s.dir, err = os.MkdirTemp("", "hermod-connector-")
	} else {
		err = os.MkdirAll(dir, 0o700)
	}
	if err != nil {
		return nil, nil, nil, fmt.Errorf("connector: making the data folder: %w", err)
	}
	path := filepath.Join(s.dir, "buffer.db")
	s.db, err = bolt.Open(path, 0o600, &bolt.Options{
		Timeout: time.Second, NoFreelistSync: true, FreelistType: bolt.FreelistMapType,
	})
	if err != nil {
		s.removeTemporary()
		return nil, nil, nil, openError(path, err)
	}
	entries, revoked, err := s.load()
	if err != nil {
		_ = s.db.Close()
		s.removeTemporary()
		return nil, nil, nil, fmt.Errorf("connector: reading %s: %w", path, err)
	}
	go s.commitLoop()
	return s, entries, revoked, nil
}

// openError says what to do about a file that cannot be opened.
func openError(path string, err error) error {
	switch {
	case errors.Is(err, bolterrors.ErrTimeout): // somebody holds the lock
		return fmt.Errorf("connector: opening %s: another connector uses it; end that one, or take another data folder", path)
	case isDiskFull(err):
		return fmt.Errorf("connector: opening %s: %w; make room on the disk, or take a data folder on another one", path, err)
	}
	return fmt.Errorf("connector: opening %s: %w", path, err)
}

// load reads the index of what is buffered and begins a run: the run's number is the upper part of
// every seq, so that no buffer id is used twice.
func (s *store) load() (entries []stored, revoked []string, err error) {
	err = s.db.Update(func(tx *bolt.Tx) error {
		for _, name := range [][]byte{bucketMeta, bucketBuffer, bucketRevoked} {
			if _, err := tx.CreateBucketIfNotExists(name); err != nil {
				return err
			}
		}
		if err := s.beginRun(tx.Bucket(bucketMeta)); err != nil {
			return err
		}
		buffer := tx.Bucket(bucketBuffer)
		err := buffer.ForEachBucket(func(gateway []byte) error {
			return buffer.Bucket(gateway).ForEach(func(key, value []byte) error {
				if len(key) != 8 || len(value) == 0 {
					return fmt.Errorf("entry %x of gateway %q is damaged", key, gateway)
				}
				entries = append(entries, stored{string(gateway), &entry{
					seq: binary.BigEndian.Uint64(key), kind: kind(value[0]), size: len(value) - 1, committed: true,
				}})
				return nil
			})
		})
		if err != nil {
			return err
		}
		return tx.Bucket(bucketRevoked).ForEach(func(gateway, _ []byte) error {
			revoked = append(revoked, string(gateway))
			return nil
		})
	})
	return entries, revoked, err
}

func (s *store) beginRun(meta *bolt.Bucket) error {
	id := meta.Get([]byte("id"))
	if id == nil {
		random := make([]byte, 4)
		_, _ = rand.Read(random)
		id = []byte(hex.EncodeToString(random))
		if err := meta.Put([]byte("id"), id); err != nil {
			return err
		}
	}
	s.id = string(id)
	run := uint64(1)
	if last := meta.Get([]byte("run")); len(last) == 8 {
		run = binary.BigEndian.Uint64(last) + 1
	}
	s.seq.Store(run << 40)
	return meta.Put([]byte("run"), binary.BigEndian.AppendUint64(nil, run))
}

// nextSeq returns the next number in the order of injection.
func (s *store) nextSeq() uint64 { return s.seq.Add(1) }

// put writes the entry; done runs, on the committing goroutine, after it is on disk or could not be
// written. After close it does nothing: done never runs and the error is ErrClosed.
func (s *store) put(gateway string, e *entry, body []byte, done func(error)) error {
	value := append(make([]byte, 0, 1+len(body)), byte(e.kind))
	value = append(value, body...)
	return s.submit(operation{done: done, apply: func(tx *bolt.Tx) error {
		bucket, err := tx.Bucket(bucketBuffer).CreateBucketIfNotExists([]byte(gateway))
		if err != nil {
			return err
		}
		return bucket.Put(seqKey(e.seq), value)
	}})
}

// remove deletes an entry soon, at the latest at close.
func (s *store) remove(gateway string, seq uint64, done func(error)) {
	_ = s.submit(operation{done: done, apply: func(tx *bolt.Tx) error {
		if bucket := tx.Bucket(bucketBuffer).Bucket([]byte(gateway)); bucket != nil {
			return bucket.Delete(seqKey(seq))
		}
		return nil
	}})
}

// setRevoked stores whether the gateway's credential is revoked, and waits for the disk.
func (s *store) setRevoked(gateway string, revoked bool) error {
	return s.commitNow(func(tx *bolt.Tx) error {
		if revoked {
			return tx.Bucket(bucketRevoked).Put([]byte(gateway), []byte{})
		}
		return tx.Bucket(bucketRevoked).Delete([]byte(gateway))
	})
}

// body reads the payload of a committed entry.
func (s *store) body(gateway string, seq uint64) (body []byte, err error) {
	err = s.db.View(func(tx *bolt.Tx) error {
		bucket := tx.Bucket(bucketBuffer).Bucket([]byte(gateway))
		if bucket == nil {
			return fmt.Errorf("connector: buffer of gateway %q is missing", gateway)
		}
		value := bucket.Get(seqKey(seq))
		if len(value) == 0 {
			return fmt.Errorf("connector: buffered entry %s is missing", s.bufferID(seq))
		}
		body = append([]byte(nil), value[1:]...)
		return nil
	})
	return body, err
}

func (s *store) submit(op operation) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing {
		return ErrClosed
	}
	s.pending = append(s.pending, op)
	s.signal()
	return nil
}

// signal wakes the committing goroutine, which may be awake already.
func (s *store) signal() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

func (s *store) commitLoop() {
	defer close(s.done)
	for {
		s.mu.Lock()
		ops := s.pending[:min(len(s.pending), maxCommit)]
		if s.pending = s.pending[len(ops):]; len(s.pending) == 0 {
			s.pending = nil
		}
		closing := s.closing
		s.mu.Unlock()
		if len(ops) == 0 {
			if closing {
				return
			}
			<-s.wake
			continue
		}
		s.commit(ops)
	}
}

func (s *store) commit(ops []operation) {
	err := s.db.Update(func(tx *bolt.Tx) error {
		for _, op := range ops {
			if err := op.apply(tx); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		err = commitError(s.dir, err)
	}
	for _, op := range ops {
		op.done(err)
	}
}

// close commits what was submitted and releases the file. Later submissions fail with ErrClosed.
func (s *store) close() error {
	s.mu.Lock()
	s.closing = true
	s.signal()
	s.mu.Unlock()
	<-s.done
	err := s.db.Close()
	s.removeTemporary()
	if err != nil {
		return fmt.Errorf("connector: closing the buffer: %w", err)
	}
	return nil
}

func (s *store) removeTemporary() {
	if s.tmp {
		_ = os.RemoveAll(s.dir)
	}
}

// bufferID is the id of an entry on the wire, unique across gateways, restarts and data folders.
func (s *store) bufferID(seq uint64) string { return fmt.Sprintf("%s-%x", s.id, seq) }

// seqOf reads a bufferID back.
func (s *store) seqOf(bufferID string) (uint64, bool) {
	digits, ok := strings.CutPrefix(bufferID, s.id+"-")
	if !ok {
		return 0, false
	}
	seq, err := strconv.ParseUint(digits, 16, 64)
	if err != nil || s.bufferID(seq) != bufferID {
		return 0, false
	}
	return seq, true
}

func seqKey(seq uint64) []byte { return binary.BigEndian.AppendUint64(nil, seq) }
