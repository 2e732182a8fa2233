package top

import (
	"cmp"
	"slices"
	"strings"
	"time"

	json "github.com/goccy/go-json"

	"hermod/cmd/hermod/internal/api"
)

const (
	figuresInterval = time.Second // of the figures
	window          = 60          // seconds that are remembered
	recent          = 5           // seconds that a rate is the average of
)

// states are the words that bots are filtered by, in the order in which they are told.
var states = []string{"connected", "retrying", "fatal", "disabled", undelivered}

// orders are the orders of the list; equals stay in the order of their names.
var orders = []struct {
	word string
	key  func(b *bot, tick int) float64 // nil sorts by name
}{
	{"name", nil},
	{"state", func(b *bot, _ int) float64 { return float64(b.urgency()) }},
	{"traffic", func(b *bot, tick int) float64 { return -b.traffic.rate(tick) }},
	{"pending", func(b *bot, _ int) float64 { return -float64(b.Pending) }},
	{"queued", func(b *bot, _ int) float64 { return -float64(b.Queued) }},
	{"attempts", func(b *bot, _ int) float64 { return -float64(b.Attempt) }},
	{"generation", func(b *bot, _ int) float64 { return -float64(b.Generation) }},
}

// filter says which bots are shown, and in which order.
type filter struct {
	state, query string
	sort         int // in orders
	reverse      bool
}

// bot is a bot as the stream tells of it.
type bot struct {
	api.Bot
	traffic traffic
	frames  [2]uint64 // in and out, at the newest figures
	counted bool      // whether frames are of this stream
	told    bool      // by this stream
}

// roster is what the stream has told of.
type roster struct {
	daemon api.Daemon
	bots   map[string]*bot
	total  traffic
	synced bool // every bot has been told of
	tick   int  // of the newest figures
	at     time.Time
	ahead  time.Duration // of the daemon's clock, to ours
}

// restart expects a new stream: what it does not tell of before it is synced has left.
func (f *roster) restart() {
	f.synced, f.at = false, time.Time{}
	for _, b := range f.bots {
		b.counted, b.told = false, false
	}
}

// take notes an event; one that cannot be read is left out.
func (f *roster) take(e eventMsg, now time.Time) {
	switch e.kind {
	case "daemon":
		_ = json.Unmarshal(e.data, &f.daemon)
	case "status":
		var bot api.Bot
		if json.Unmarshal(e.data, &bot) == nil {
			f.note(bot)
		}
	case "removed":
		var bot api.Bot
		if json.Unmarshal(e.data, &bot) == nil {
			delete(f.bots, bot.Name)
		}
	case "synced":
		f.synced = true
		for name, b := range f.bots {
			if !b.told {
				delete(f.bots, name)
			}
		}
	case "figures":
		f.count(e.data, now)
	}
}

func (f *roster) note(now api.Bot) {
	if f.bots == nil {
		f.bots = make(map[string]*bot)
	}
	known := f.bots[now.Name]
	if known == nil {
		known = new(bot)
		f.bots[now.Name] = known
	}
	known.Bot, known.told = now, true
}

// count takes figures, which name the bots whose counters changed. The first of a stream have nothing to be compared
// with.
func (f *roster) count(data []byte, now time.Time) {
	var figures struct {
		At   time.Time            `json:"at"`
		Bots map[string][6]uint64 `json:"bots"`
	}
	if json.Unmarshal(data, &figures) != nil {
		return
	}
	ticks, seconds := 1, 0.0
	if !f.at.IsZero() {
		elapsed := max(figures.At.Sub(f.at), figuresInterval/10)
		ticks = max(1, int((elapsed+figuresInterval/2)/figuresInterval))
		seconds = elapsed.Seconds() / float64(ticks)
	}
	f.tick, f.at, f.ahead = f.tick+ticks, figures.At, figures.At.Sub(now)
	all := 0.0
	for name, now := range figures.Bots {
		b := f.bots[name]
		if b == nil {
			continue
		}
		if b.counted && seconds > 0 {
			rate := float64(grown(b.frames[0], now[0])+grown(b.frames[1], now[1])) / seconds
			b.traffic.record(f.tick, rate)
			all += rate
		}
		b.frames, b.counted = [2]uint64{now[0], now[1]}, true
		b.Pending, b.Queued = int(now[2]), int(now[3])
	}
	f.total.record(f.tick, all)
}

// grown is how much a counter grew; it begins anew with each start of a relay.
func grown(before, after uint64) uint64 {
	if after < before {
		return after
	}
	return after - before
}

// present is the tick of a moment: there are no figures of seconds in which nothing happened.
func (f *roster) present(now time.Time) int {
	if f.at.IsZero() {
		return f.tick
	}
	idle := now.Add(f.ahead).Sub(f.at) - figuresInterval/2
	return f.tick + max(0, int(idle/figuresInterval))
}

// choose returns the bots that a filter leaves, in its order.
func (f *roster) choose(filter filter, tick int) []*bot {
	words := strings.Fields(strings.ToLower(filter.query))
	var chosen []*bot
	for _, b := range f.bots {
		if b.is(filter.state) && b.has(words) {
			chosen = append(chosen, b)
		}
	}
	slices.SortFunc(chosen, func(a, b *bot) int {
		order := 0
		if key := orders[filter.sort].key; key != nil {
			order = cmp.Compare(key(a, tick), key(b, tick))
		}
		return cmp.Or(order, strings.Compare(a.Name, b.Name))
	})
	if filter.reverse {
		slices.Reverse(chosen)
	}
	return chosen
}

// has says whether every word stands in what the list shows of the bot.
func (b *bot) has(words []string) bool {
	if len(words) == 0 {
		return true
	}
	parts := []string{b.Name, b.PlatformState, string(b.State), string(b.Cause), b.Deliver, b.Error, b.Hint, b.CloseReason,
		deliveryWords[b.Delivery.State], b.Delivery.Error, b.Delivery.Hint, b.Node}
	for _, identity := range b.Identities {
		parts = append(parts, identity.Platform, identity.BotID)
	}
	text := strings.ToLower(strings.Join(parts, "\n"))
	return !slices.ContainsFunc(words, func(word string) bool { return !strings.Contains(text, word) })
}

// summary counts the bots by platform state, and those whose deliveries do not get through.
func (f *roster) summary() map[string]int {
	counts := make(map[string]int)
	for _, b := range f.bots {
		counts[b.PlatformState]++
		if b.isUndelivered() {
			counts[undelivered]++
		}
	}
	return counts
}
