package actors

import (
	"iter"

	"hermod/messages"
)

// watchers are those who watch a relay's status, in the order in which they came: none or one, most of the time.
type watchers struct{ first *watching }

// watching is one of them.
type watching struct {
	messages.Watcher
	next *watching
}

func (w *watchers) all() iter.Seq[messages.Watcher] {
	return func(yield func(messages.Watcher) bool) {
		for at := w.first; at != nil && yield(at.Watcher); at = at.next {
		}
	}
}

func (w *watchers) add(watcher messages.Watcher) {
	end := &w.first
	for *end != nil {
		end = &(*end).next
	}
	*end = &watching{Watcher: watcher}
}

// remove says whether it was there.
func (w *watchers) remove(watcher messages.Watcher) bool {
	for at := &w.first; *at != nil; at = &(*at).next {
		if (*at).Watcher == watcher {
			*at = (*at).next
			return true
		}
	}
	return false
}
