package fleet

// watcher is one reader's view of the fleet, owned by the fleet's actor: the newest event of each bot that the reader
// has not got, in the order in which they became news.
type watcher struct {
	news  map[string]Event
	order []string
	reply chan<- []Event // set while the reader waits
}

// note keeps an event and hands it out if the reader waits.
func (w *watcher) note(e Event) {
	if _, known := w.news[e.Bot]; !known {
		w.order = append(w.order, e.Bot)
	}
	w.news[e.Bot] = e
	w.answer()
}

func (w *watcher) answer() {
	if w.reply == nil || len(w.order) == 0 {
		return
	}
	batch := make([]Event, 0, len(w.order))
	for _, name := range w.order {
		batch = append(batch, w.news[name])
	}
	w.reply <- batch
	w.reply, w.order = nil, nil
	w.news = make(map[string]Event) // one that held every bot once would stay as large
}

// serve answers a reader now or when there is news; a new reader is told of every bot first.
func (f *fleetActor) serve(w *watcher, reply chan<- []Event) {
	if w.news == nil {
		w.news = make(map[string]Event)
		for _, m := range f.sorted() {
			if m.status != nil {
				w.note(m.event())
			}
		}
		f.watchers[w] = struct{}{}
	}
	w.reply = reply
	w.answer()
}

func (f *fleetActor) tell(e Event) {
	for w := range f.watchers {
		w.note(e)
	}
}
