package fleet

// watcher is one reader's view of the fleet, owned by the fleet's actor: the newest event of each bot that the reader
// has not got, in the order in which they became news.
type watcher struct {
	news  map[string]news
	order []string
	reply chan<- []news // set while the reader waits
}

// news is an Event that nobody has got yet.
type news struct {
	bot       *Bot
	connector string
	status    record
	removed   bool
	sources
}

// event is what a reader gets, with the figures of the moment when it does.
func (n *news) event() Event {
	e := Event{Bot: n.bot.name, Connector: n.connector, Removed: n.removed}
	if n.status.there() {
		e.Status = n.status.of(e.Bot, n.sources)
	}
	return e
}

// note keeps news and hands it out if the reader waits.
func (w *watcher) note(n news) {
	name := n.bot.name
	if _, known := w.news[name]; !known {
		w.order = append(w.order, name)
	}
	w.news[name] = n
	w.answer()
}

func (w *watcher) answer() {
	if w.reply == nil || len(w.order) == 0 {
		return
	}
	batch := make([]news, 0, len(w.order))
	for _, name := range w.order {
		batch = append(batch, w.news[name])
	}
	w.reply <- batch
	w.reply, w.order = nil, nil
	w.news = make(map[string]news) // one that held every bot once would stay as large
}

// serve answers a reader now or when there is news; a new reader is told of every bot first.
func (f *fleetActor) serve(w *watcher, reply chan<- []news) {
	if w.news == nil {
		w.news = make(map[string]news)
		for _, m := range f.sorted() {
			if m.status.there() {
				w.note(f.news(m))
			}
		}
		f.watchers[w] = struct{}{}
	}
	w.reply = reply
	w.answer()
}

func (f *fleetActor) tell(n news) {
	for w := range f.watchers {
		w.note(n)
	}
}
