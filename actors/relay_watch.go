package actors

import (
	"context"

	"hermod/messages"
)

// watchBuffer is how many changes a slow watcher may lag behind before it loses the oldest.
const watchBuffer = 64

// Watch returns the current status and then each change of it (of the counters alone, none). A reader that lags loses
// the oldest entries, never the newest. The channel is closed when ctx ends or the relay has ended, after its final
// state.
func (r *Relay) Watch(ctx context.Context) <-chan Status {
	watch := &statusChannel{changes: make(chan Status, watchBuffer), begun: make(chan struct{})}
	unwatch := func() { r.Tell(&messages.UnwatchStatus{Watcher: watch}) }
	watch.release = context.AfterFunc(ctx, unwatch)
	if _, ok := ask(r, &messages.WatchStatus{Watcher: watch}, watch.begun); !ok {
		watch.StatusChanged(r.final.status)
		watch.WatchEnded()
	} else if ctx.Err() != nil {
		unwatch() // what ctx's end sent may have come before the watch
	}
	return watch.changes
}

// statusChannel is the watcher behind Watch. Its methods run on the relay's actor.
type statusChannel struct {
	changes chan Status
	begun   chan struct{} // closed when the first status is in changes
	told    bool
	release func() bool // has the context forget the watch
}

// StatusChanged implements messages.Watcher: in a full channel the status takes the place of the oldest one. Only the
// relay sends, so it ends.
func (w *statusChannel) StatusChanged(status Status) {
	for sent := false; !sent; {
		select {
		case w.changes <- status:
			sent = true
		default:
			select {
			case <-w.changes:
			default:
			}
		}
	}
	if !w.told {
		w.told = true
		close(w.begun)
	}
}

// WatchEnded implements messages.Watcher.
func (w *statusChannel) WatchEnded() {
	w.release()
	close(w.changes)
}
