package daemon

import (
	"fmt"
	"log/slog"
	"maps"
	"path/filepath"
	"slices"
	"time"

	"github.com/fsnotify/fsnotify"

	"hermod/cmd/hermod/internal/config"
)

// settle is how long files must be left alone before they are read: editors write in several steps.
const settle = 200 * time.Millisecond

// fileWatch tells when the content of files changed. It watches their folders, since editors and orchestrators replace
// files, and compares contents, since folders are busy.
type fileWatch struct {
	log      *slog.Logger
	notifier *fsnotify.Watcher
	changed  chan struct{}
	watched  chan map[string]config.Sum
	ended    chan struct{}
}

func watchFiles(log *slog.Logger) (*fileWatch, error) {
	notifier, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, fmt.Errorf("watch the configuration: %w", err)
	}
	w := &fileWatch{log: log, notifier: notifier, changed: make(chan struct{}),
		watched: make(chan map[string]config.Sum), ended: make(chan struct{})}
	go w.run()
	return w, nil
}

// follow watches these files from now on, and tells of a change since they had these sums.
func (w *fileWatch) follow(files map[string]config.Sum) { w.watched <- files }

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
	var known map[string]config.Sum
	var changed chan<- struct{} // set while a change is to be told
	quiet := time.NewTimer(0)
	quiet.Stop()
	for {
		select {
		case files, ok := <-w.watched:
			if !ok {
				return
			}
			w.watch(folders(known), folders(files))
			known = files
			quiet.Reset(settle)
		case <-w.notifier.Events:
			quiet.Reset(settle)
		case err := <-w.notifier.Errors:
			w.log.Warn("watching the configuration failed; send SIGHUP after a change", "err", err)
			quiet.Reset(settle)
		case <-quiet.C:
			if now := sumsOf(known); !maps.Equal(now, known) {
				known, changed = now, w.changed
			}
		case changed <- struct{}{}:
			changed = nil
		}
	}
}

// watch follows the next folders instead of the old ones.
func (w *fileWatch) watch(old, next []string) {
	for _, folder := range old {
		if !slices.Contains(next, folder) {
			_ = w.notifier.Remove(folder) // it is gone, or will not be listened to
		}
	}
	for _, folder := range next {
		if slices.Contains(old, folder) {
			continue
		}
		if err := w.notifier.Add(folder); err != nil {
			w.log.Warn("a folder cannot be watched; send SIGHUP after a change", "folder", folder, "err", err)
		}
	}
}

func folders(files map[string]config.Sum) []string {
	var found []string
	for file := range files {
		found = append(found, filepath.Dir(file))
	}
	slices.Sort(found)
	return slices.Compact(found)
}

func sumsOf(files map[string]config.Sum) map[string]config.Sum {
	now := make(map[string]config.Sum, len(files))
	for file := range files {
		now[file] = config.SumOf(file)
	}
	return now
}
