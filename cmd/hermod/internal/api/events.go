package api

import (
	"context"
	"net/http"
	"reflect"
	"time"

	"hermod/cmd/hermod/internal/access"
	"hermod/cmd/hermod/internal/fleet"
	"hermod/cmd/hermod/internal/web"
)

// figuresInterval is how often the figures of bots are told.
const figuresInterval = time.Second

// events tells how the daemon and its bots are, and then what changes; in a cluster, of the bots of all nodes.
func (a *api) events(w http.ResponseWriter, r *http.Request) error {
	if r.Method == http.MethodHead {
		w.Header().Set("Content-Type", "text/event-stream")
		return nil
	}
	t := &telling{api: a, caller: access.CallerOf(r), feed: startFeed(w, "text/event-stream"),
		untold: make(map[string]bool), beating: heartbeat}
	for _, b := range a.visible(t.caller) {
		t.untold[b.Name()] = true
	}
	if t.caller.IsPeer() {
		t.beating = peerHeartbeat
	} else if a.Cluster != nil {
		t.others = newOthers(r.Context(), t)
		defer t.others.close()
	}
	t.tellDaemon()
	t.tellSynced()
	t.run(r.Context(), a.Fleet.Watch(r.Context()))
	return nil
}

// run tells what happens until nobody listens any more.
func (t *telling) run(ctx context.Context, news <-chan fleet.Event) {
	ticker := time.NewTicker(figuresInterval)
	defer ticker.Stop()
	for t.feed.flush() == nil {
		select {
		case event, ok := <-news:
			if !ok {
				return
			}
			t.tell(event)
			t.drain(news)
		case told := <-t.others.news():
			t.others.take(told)
		case <-ticker.C:
			t.others.tick()
			t.tick()
		case <-ctx.Done():
			return
		}
	}
}

// telling is one client's view of the daemon.
type telling struct {
	*api
	caller  *access.Caller
	feed    *feed
	untold  map[string]bool // bots that were there at the start; nil when all were told
	daemon  Daemon
	last    map[string]figure
	beat    time.Time // of the last write
	beating time.Duration
	others  *others // what other nodes tell; nil without a cluster
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
	if b, ok := t.Fleet.Bot(e.Bot); e.Removed {
		t.left(e.Bot)
	} else if ok {
		t.status(t.botOf(b, e.Status))
	}
	if t.untold != nil {
		delete(t.untold, e.Bot)
		t.tellSynced()
	}
	t.beat = time.Now()
}

// status tells of a bot of this daemon, and left that it has left it.
func (t *telling) status(b Bot) {
	if t.others == nil {
		t.feed.value("status", b)
		return
	}
	t.others.told(b.Node, b.Name, b.Epoch, web.Encode(b))
}

func (t *telling) left(bot string) {
	if t.others == nil {
		t.feed.value("removed", map[string]string{"name": bot})
		return
	}
	t.others.left(t.Cluster.Self(), bot)
}

// tellSynced says once that every bot was told.
func (t *telling) tellSynced() {
	if t.untold != nil && len(t.untold) == 0 && t.others.synced() {
		t.untold = nil
		t.feed.value("synced", struct{}{})
	}
}

func (t *telling) tellDaemon() {
	t.daemon = t.daemonNow()
	t.feed.value("daemon", t.daemon)
	t.beat = time.Now()
}

func (t *telling) daemonNow() Daemon {
	own := t.daemonFor(t.caller)
	if t.others == nil || t.others.where == nil {
		return own
	}
	return t.daemonOf(t.others.where, own, t.others.daemons(), t.caller)
}

// tick tells the figures that changed.
func (t *telling) tick() {
	if now := t.daemonNow(); !reflect.DeepEqual(now, t.daemon) {
		t.tellDaemon()
	}
	at, all := t.figures.sample()
	changed := t.others.figures()
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
	case time.Since(t.beat) >= t.beating:
		t.feed.line([]byte(": heartbeat\n\n"))
		t.beat = time.Now()
	}
}
