package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"syscall"
	"time"

	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
)

const (
	// fileName is the store's file in the state folder.
	fileName = "hermod.db"
	// format is the one that this program reads and writes. Whoever changes what the buckets hold raises it, and reads
	// the older ones.
	format = 1
	// lockTime is how long a daemon that is ending may take to let go of the file.
	lockTime = 500 * time.Millisecond
)

const damageRemedy = "restore it from a copy, or move it away: then its dead letters and idempotency keys are lost, " +
	"and bots that an operator disabled are enabled"

var (
	errDamaged = errors.New("the file is damaged")
	errForeign = errors.New("other users of this machine may write it")
)

// Open opens the store in a state folder, which it makes if need be, or one in memory if folder is "". The error says
// what the operator can do. Close must follow.
func Open(folder string, log *slog.Logger) (*Store, error) {
	if folder == "" {
		db, err := openMemory()
		if err != nil {
			return nil, fmt.Errorf("make room in memory for dead letters: %w", err)
		}
		return prepare(db, "memory", false, log)
	}
	path := filepath.Join(folder, fileName)
	if err := trust(folder, path, log); err != nil {
		return nil, explain(path, err)
	}
	// The list of free pages is in the file: bolt finds it on another goroutine if not, where a damaged file would end
	// the process.
	var db *bolt.DB
	err := guarded(func() (err error) {
		db, err = bolt.Open(path, 0o600, &bolt.Options{Timeout: lockTime, FreelistType: bolt.FreelistMapType})
		if err == nil {
			err = db.View(func(tx *bolt.Tx) error { return checkSize(tx, path) })
		}
		return err
	})
	if err != nil {
		_ = letGo(db, err)
		return nil, explain(path, err)
	}
	return prepare(db, path, true, log)
}

// prepare checks the format and makes what is missing.
func prepare(db *bolt.DB, path string, durable bool, log *slog.Logger) (*Store, error) {
	err := guarded(func() error { return db.Update(checkFormat) })
	var s *Store
	if err == nil {
		s, err = start(db, durable, log)
	}
	if err != nil {
		_ = letGo(db, err)
		return nil, explain(path, err)
	}
	return s, nil
}

// letGo closes a file. One that a transaction found damaged stays open: bolt may hold locks that it would wait for. The
// process is about to end in any case.
func letGo(db *bolt.DB, err error) error {
	if db == nil || errors.Is(err, errDamaged) {
		return nil
	}
	return db.Close()
}

// checkSize finds a file whose end is missing before something reads it there.
func checkSize(tx *bolt.Tx, path string) error {
	file, err := os.Stat(path)
	if err == nil && file.Size() < tx.Size() {
		err = fmt.Errorf("%w: it has %d of %d bytes", errDamaged, file.Size(), tx.Size())
	}
	return err
}

// newerError says that the file is one that this program cannot read.
type newerError struct{ format uint64 }

func (e *newerError) Error() string {
	return fmt.Sprintf("it was written by a newer hermod, in format %d; this one knows %d", e.format, format)
}

func checkFormat(tx *bolt.Tx) error {
	if meta := tx.Bucket(bucketMeta); meta != nil {
		if found := meta.Get([]byte("format")); len(found) == 8 && binary.BigEndian.Uint64(found) > format {
			return &newerError{binary.BigEndian.Uint64(found)}
		}
	}
	for _, name := range [][]byte{bucketMeta, bucketLetters, bucketNumbers, bucketDisabled, bucketKeys, bucketSaid} {
		if _, err := tx.CreateBucketIfNotExists(name); err != nil {
			return err
		}
	}
	return tx.Bucket(bucketMeta).Put([]byte("format"), binary.BigEndian.AppendUint64(nil, format))
}

// trust makes the folder, and refuses what other users could have written. A file that they may read is closed to them.
func trust(folder, path string, log *slog.Logger) error {
	if err := os.MkdirAll(folder, 0o700); err != nil || runtime.GOOS == "windows" { // which has no such modes
		return err
	}
	dir, err := os.Stat(folder)
	if err != nil {
		return err
	}
	if dir.Mode().Perm()&0o022 != 0 {
		return fmt.Errorf("its folder: %w", errForeign)
	}
	file, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case !file.Mode().IsRegular():
		return errors.New("it is no regular file")
	case file.Mode().Perm()&0o022 != 0:
		return errForeign
	case file.Mode().Perm()&0o077 != 0:
		log.Warn("other users of this machine could read dead letters; the file is closed to them now",
			"file", path, "mode", fmt.Sprintf("%04o", file.Mode().Perm()))
		return os.Chmod(path, 0o600)
	}
	return nil
}

// explain says what to do about a file that cannot be used.
func explain(path string, err error) error {
	remedy := "check the path and its permissions"
	newer := new(newerError)
	switch {
	case errors.Is(err, bolterrors.ErrTimeout):
		return fmt.Errorf("open %s: another daemon uses it; end that one, or give this one a state folder of its own", path)
	case errors.As(err, &newer):
		remedy = "run that version, or give this one a state folder of its own"
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		remedy = "make room on the disk, or set state to a folder on another one"
	case errors.Is(err, errForeign):
		remedy = "make it the daemon's own (chmod go-w)"
	case errors.Is(err, errDamaged), errors.Is(err, bolterrors.ErrInvalid), errors.Is(err, bolterrors.ErrChecksum),
		errors.Is(err, bolterrors.ErrVersionMismatch):
		remedy = damageRemedy
	}
	return fmt.Errorf("open %s: %w; %s", path, err, remedy)
}

// guarded turns what a damaged file does to its reader, a panic or a fault of the memory that it is mapped to, into an
// error.
func guarded(read func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("%w: %v", errDamaged, cause)
		}
	}()
	return read()
}
