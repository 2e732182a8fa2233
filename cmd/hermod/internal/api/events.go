package api

import (
	"net/http"
	"reflect"
	"time"

	"hermod/cmd/hermod/internal/access"
	"hermod/cmd/hermod/internal/fleet"
)

// figuresInterval is how often the figures of bots are told.
const figuresInterval = time.Second

// events tells how the daemon and its bots are, and then what changes.
func (a *api) events(w http.ResponseWriter, r *http.Request) error {
	if r.Method == http.MethodHead {
		w.Header().Set("Content-Type", "text/event-stream")
		return nil
	}
	t := &telling{api: a, caller: access.CallerOf(r), feed: startFeed(w, "text/event-stream"),
		untold: make(map[string]bool)}
	for _, b := range a.visible(access.CallerOf(r)) {
		t.untold[b.Name()] = true
	}
	news := a.Fleet.Watch(r.Context())
	ticker := time.NewTicker(figuresInterval)
	defer ticker.Stop()
	t.tellDaemon()
	t.tellSynced()
	for {
		if t.feed.flush() != nil {
			return nil
		}
		select {
		case event, ok := <-news:
			if !ok {
				return nil
			}
			t.tell(event)
			t.drain(news)
		case <-ticker.C:
			t.tick()
		case <-r.Context().Done():
			return nil
		}
	}
}

// telling is one client's view of the daemon.
type telling struct {
	*api
	caller *access.Caller
	feed   *feed
	untold map[string]bool // bots that were there at the start; nil when all were told
	daemon Daemon
	last   map[string]figure
	beat   time.Time // of the last write
}

// drain tells what else is there, so that a burst is one write.
func (t *telling) drain(news <-chan fleet.Event) {
	for range readAtOnce {
		select {
		case event, ok := <-news:
			if !ok {
				return
			}
			t.tell(event)
		default:
			return
		}
	}
}

func (t *telling) tell(e fleet.Event) {
	if !t.caller.Sees(e.Bot) {
		return
	}
	if e.Removed {
		t.feed.value("removed", map[string]string{"name": e.Bot})
	} else if b, ok := t.Fleet.Bot(e.Bot); ok {
		t.feed.value("status", botOf(b, e.Status))
	}
	if t.untold != nil {
		delete(t.untold, e.Bot)
		t.tellSynced()
	}
	t.beat = time.Now()
}

// tellSynced says once that every bot was told.
func (t *telling) tellSynced() {
	if t.untold != nil && len(t.untold) == 0 {
		t.untold = nil
		t.feed.value("synced", struct{}{})
	}
}

func (t *telling) tellDaemon() {
	t.daemon = t.daemonFor(t.caller)
	t.feed.value("daemon", t.daemon)
	t.beat = time.Now()
}

// tick tells the figures that changed.
func (t *telling) tick() {
	if now := t.daemonFor(t.caller); !reflect.DeepEqual(now, t.daemon) {
		t.tellDaemon()
	}
	at, all := t.figures.sample()
	changed := make(map[string]figure)
	for name, now := range all {
		if before, known := t.last[name]; (!known || before != now) && t.caller.Sees(name) {
			changed[name] = now
		}
	}
	t.last = all
	switch {
	case len(changed) > 0:
		t.feed.value("figures", figuresEvent{At: moment(at), Bots: changed})
		t.beat = time.Now()
	case time.Since(t.beat) >= heartbeat:
		t.feed.line([]byte(": heartbeat\n\n"))
		t.beat = time.Now()
	}
}
