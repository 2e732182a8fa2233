package daemon

import (
	"crypto/sha256"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/fsnotify/fsnotify"
)

// settle is how long files must be left alone before they are read: editors write in several steps.
const settle = 200 * time.Millisecond

// fileWatch tells when the content of files changed. It watches their folders, since editors and orchestrators replace
// files, and compares contents, since folders are busy.
type fileWatch struct {
	log      *slog.Logger
	notifier *fsnotify.Watcher
	changed  chan struct{}
	watched  chan []string
	ended    chan struct{}
}

func watchFiles(log *slog.Logger) (*fileWatch, error) {
	notifier, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, fmt.Errorf("watch the configuration: %w", err)
	}
	w := &fileWatch{log: log, notifier: notifier, changed: make(chan struct{}), watched: make(chan []string), ended: make(chan struct{})}
	go w.run()
	return w, nil
}

// follow watches these files from now on. Files that were watched before are compared with what they were when a change
// was last told, so that no change between that and the reload is missed.
func (w *fileWatch) follow(files []string) { w.watched <- files }

// close may be called on nil.
func (w *fileWatch) close() {
	if w == nil {
		return
	}
	close(w.watched)
	<-w.ended
	_ = w.notifier.Close()
}

func (w *fileWatch) run() {
	defer close(w.ended)
	var files []string
	var known [sha256.Size]byte
	var changed chan<- struct{} // set while a change is to be told
	quiet := time.NewTimer(0)
	quiet.Stop()
	for {
		select {
		case next, ok := <-w.watched:
			if !ok {
				return
			}
			if !slices.Equal(files, next) {
				w.watch(files, next)
				files, known = next, digest(next)
			}
		case <-w.notifier.Events:
			quiet.Reset(settle)
		case err := <-w.notifier.Errors:
			w.log.Warn("watching the configuration failed; send SIGHUP after a change", "err", err)
			quiet.Reset(settle)
		case <-quiet.C:
			if now := digest(files); now != known {
				known, changed = now, w.changed
			}
		case changed <- struct{}{}:
			changed = nil
		}
	}
}

// watch follows the folders of the next files instead of those of the old ones.
func (w *fileWatch) watch(old, next []string) {
	before, after := folders(old), folders(next)
	for _, folder := range before {
		if !slices.Contains(after, folder) {
			_ = w.notifier.Remove(folder) // it is gone, or will not be listened to
		}
	}
	for _, folder := range after {
		if slices.Contains(before, folder) {
			continue
		}
		if err := w.notifier.Add(folder); err != nil {
			w.log.Warn("a folder cannot be watched; send SIGHUP after a change", "folder", folder, "err", err)
		}
	}
}

func folders(files []string) []string {
	var found []string
	for _, file := range files {
		found = append(found, filepath.Dir(file))
	}
	slices.Sort(found)
	return slices.Compact(found)
}

// digest tells contents apart; a file that cannot be read has none.
func digest(files []string) (sum [sha256.Size]byte) {
	hash := sha256.New()
	for _, name := range files {
		fmt.Fprintf(hash, "%q", name)
		if file, err := os.Open(name); err == nil {
			_, _ = io.Copy(hash, file)
			_ = file.Close()
		}
	}
	hash.Sum(sum[:0])
	return sum
}
