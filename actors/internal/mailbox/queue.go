package mailbox

import "sync/atomic"

// Link is a message's place in a mailbox. A message that has one, and is in one mailbox at a time, is sent without
// memory being allocated for it.
type Link struct {
	next    *Link
	message any
}

// PlaceInMailbox returns the place itself, for the message that embeds it.
func (l *Link) PlaceInMailbox() *Link { return l }

// linked is a message that brings its own place.
type linked interface{ PlaceInMailbox() *Link }

// queue keeps messages in the order in which they were pushed. Anybody may push, one goroutine at a time may pop.
type queue struct {
	count  atomic.Int32         // may lag behind a push
	pushed atomic.Pointer[Link] // the newest first
	next   *Link                // of those that pop has put in order
}

func (q *queue) push(message any) {
	var link *Link
	if own, ok := message.(linked); ok {
		link = own.PlaceInMailbox()
	} else {
		link = new(Link)
	}
	link.message = message
	for {
		newest := q.pushed.Load()
		link.next = newest
		if q.pushed.CompareAndSwap(newest, link) {
			q.count.Add(1)
			return
		}
	}
}

// pop returns the oldest message, nil if there is none.
func (q *queue) pop() any {
	if q.next == nil {
		for link := q.pushed.Swap(nil); link != nil; {
			older := link.next
			link.next, q.next = q.next, link
			link = older
		}
	}
	link := q.next
	if link == nil {
		return nil
	}
	q.next = link.next
	message := link.message
	link.next, link.message = nil, nil
	q.count.Add(-1)
	return message
}
