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
	"hermod/supervisor"
)

const (
	// settle is how long files should be left alone before they are read: editors write in several steps.
	settle = 200 * time.Millisecond
	// longest is how long a change may wait for that in a folder that is never left alone, and for a descriptor.
	longest = 2 * time.Second
)

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
	var busy unrest
	for {
		select {
		case files, ok := <-w.watched:
			if !ok {
				return
			}
			w.watch(folders(known), folders(files))
			known = files
			quiet.Reset(busy.note(time.Now()))
		case <-w.notifier.Events:
			quiet.Reset(busy.note(time.Now()))
		case err := <-w.notifier.Errors:
			w.log.Warn("watching the configuration failed; send SIGHUP after a change", "err", err)
			quiet.Reset(busy.note(time.Now()))
		case <-quiet.C:
			busy = unrest{}
			now, err := sumsOf(known, config.SumOf)
			if err != nil {
				w.log.Warn("the configuration's files cannot be looked at; they are looked at again", "err", err,
					"hint", supervisor.DescriptorHint)
				quiet.Reset(longest)
			}
			if !maps.Equal(now, known) {
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

// unrest is how long a folder has been written to since its files were last looked at.
type unrest struct{ since time.Time }

// note takes a change down and says after what time of quiet to look.
func (u *unrest) note(now time.Time) time.Duration {
	if u.since.IsZero() {
		u.since = now
	}
	return max(0, min(settle, longest-now.Sub(u.since)))
}

// sumsOf looks at the files. One that cannot be opened for want of a descriptor counts as unchanged, and the error says
// so: it is no mistake in the configuration.
func sumsOf(files map[string]config.Sum, sumOf func(string) (config.Sum, error)) (map[string]config.Sum, error) {
	now := make(map[string]config.Sum, len(files))
	var short error
	for file, before := range files {
		sum, err := sumOf(file)
		if supervisor.OutOfDescriptors(err) {
			sum, short = before, err
		}
		now[file] = sum
	}
	return now, short
}
