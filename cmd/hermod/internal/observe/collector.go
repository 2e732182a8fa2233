package observe

import (
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"hermod/actors"
	"hermod/cmd/hermod/internal/fleet"
)

// What the metrics that are no figures say.
const (
	deliveryHelp = "How the bot's deliveries go: 1 for the state that it is in; for other, how many are."
	stateHelp    = "State of the bot, with why it is disabled: 1 for the one that it is in; for other, how many are."
	endsHelp     = "Connections and dials that ended, by cause; code is the close code, or the HTTP status of a refused upgrade."
	botsHelp     = "Bots in the fleet."
	collectHelp  = "How long reading the status of every bot took."
)

var (
	deliveryDesc = prometheus.NewDesc("hermod_delivery_state", deliveryHelp, []string{"bot", "platform", "state"}, nil)
	stateDesc    = prometheus.NewDesc("hermod_bot_state", stateHelp, []string{"bot", "platform", "state", "cause"}, nil)
	endsDesc     = prometheus.NewDesc("hermod_link_ends_total", endsHelp, []string{"bot", "platform", "cause", "code"}, nil)
	botsDesc     = prometheus.NewDesc("hermod_bots", botsHelp, nil, nil)
	collectDesc  = prometheus.NewDesc("hermod_fleet_collect_duration_seconds", collectHelp, nil, nil)
)

// collector reads the fleet when it is scraped.
type collector struct {
	directory *directory
	descs     []*prometheus.Desc // of figures
	statuses  func() []fleet.BotStatus

	mu      sync.Mutex // one scrape at a time
	named   map[*fleet.Bot]bool
	counted map[*fleet.Bot]account // of the bots without series of their own, at the last scrape
	others  map[string]account     // the counters of other, by platform; they outlive the bots that were counted
}

// series names the bot and platform that samples belong to.
type series struct{ bot, platform string }

// account holds the figures of one series; gauges and states are those of this scrape.
type account struct {
	counters []uint64  // by index of figures
	gauges   []float64 // likewise; nil when no bot is counted any more
	ends     map[ending]uint64
	states   map[condition]int // of a sum
	state    condition         // of a bot
	// deliveries and delivery are the states of deliveries, likewise.
	deliveries map[fleet.DeliveryState]int
	delivery   fleet.DeliveryState
}

// ending and condition are the bounded labels of an end and of a state.
type (
	ending    struct{ cause, code string }
	condition struct{ state, cause string }
)

// reading is what one scrape found.
type reading struct {
	bots     int
	series   []series
	accounts []account // of series
	took     time.Duration
}

func newCollector(d *directory, statuses func() []fleet.BotStatus) *collector {
	c := &collector{directory: d, statuses: statuses, named: make(map[*fleet.Bot]bool),
		counted: make(map[*fleet.Bot]account), others: make(map[string]account)}
	for _, f := range figures {
		c.descs = append(c.descs, f.desc())
	}
	return c
}

// Describe implements prometheus.Collector.
func (c *collector) Describe(descs chan<- *prometheus.Desc) {
	for _, desc := range append(c.descs, stateDesc, deliveryDesc, endsDesc, botsDesc, collectDesc) {
		descs <- desc
	}
}

// Collect implements prometheus.Collector.
func (c *collector) Collect(metrics chan<- prometheus.Metric) {
	now := c.read()
	for i, s := range now.series {
		c.emit(metrics, s, now.accounts[i])
	}
	metrics <- prometheus.MustNewConstMetric(botsDesc, prometheus.GaugeValue, float64(now.bots))
	metrics <- prometheus.MustNewConstMetric(collectDesc, prometheus.GaugeValue, now.took.Seconds())
}

// read returns the figures of every series: those of each bot that has its own, and the sums of the others.
func (c *collector) read() reading {
	c.mu.Lock()
	defer c.mu.Unlock()
	begun := time.Now()
	bots := c.statuses()
	page := c.directory.page()
	named, counted := c.allot(bots), make(map[*fleet.Bot]account)
	levels := make(map[string]account) // of other, by platform
	ledger := newLedger(len(bots))
	found := reading{bots: len(bots)}
	for _, bot := range bots {
		now := ledger.enter(bot.Last)
		platform := page.platform(bot.Name())
		if named[bot.Bot] {
			found.add(series{bot.Name(), platform}, now)
			continue
		}
		counted[bot.Bot] = now
		before := c.counted[bot.Bot]
		if c.named[bot.Bot] { // what it counted so far was shown under its name
			before = now
		}
		c.others[platform] = c.others[platform].grow(now, before)
		levels[platform] = levels[platform].level(now)
	}
	c.named, c.counted = named, counted
	for platform, total := range c.others {
		total.counters, total.ends = slices.Clone(total.counters), maps.Clone(total.ends) // the next scrape adds to them
		level := levels[platform]
		total.gauges, total.states, total.deliveries = level.gauges, level.states, level.deliveries
		found.add(series{other, platform}, total)
	}
	found.took = time.Since(begun)
	return found
}

func (r *reading) add(s series, a account) {
	r.series, r.accounts = append(r.series, s), append(r.accounts, a)
}

// allot says which bots have series of their own: those that had them, then the first others, up to the bound. A bot
// that has been counted among the others stays there, since its counters are in their sum.
func (c *collector) allot(bots []fleet.BotStatus) map[*fleet.Bot]bool {
	limit := 0
	if cfg := c.directory.config(); cfg != nil {
		limit = cfg.Metrics.Bots
	}
	named := make(map[*fleet.Bot]bool, min(limit, len(bots)))
	for _, had := range []bool{true, false} {
		for _, bot := range bots {
			_, counted := c.counted[bot.Bot]
			if len(named) < limit && c.named[bot.Bot] == had && !counted && bot.Name() != other {
				named[bot.Bot] = true
			}
		}
	}
	return named
}

// ledger holds the figures of many bots in two pieces of memory.
type ledger struct {
	counters []uint64
	gauges   []float64
	status   fleet.Status // of the bot that is entered
	totals   fleet.Totals
}

func newLedger(bots int) *ledger {
	return &ledger{counters: make([]uint64, 0, bots*len(figures)), gauges: make([]float64, 0, bots*len(figures))}
}

// enter returns the figures of a bot.
func (l *ledger) enter(last *fleet.Status) account {
	l.status = last.Live()
	l.totals = l.status.Totals()
	first, end := len(l.counters), len(l.counters)+len(figures)
	l.counters, l.gauges = l.counters[:end], l.gauges[:end]
	a := account{counters: l.counters[first:end:end], gauges: l.gauges[first:end:end],
		state:    condition{string(l.status.State), string(l.status.Cause)},
		delivery: l.status.DeliveryState()}
	for i, f := range figures {
		if f.counter != nil {
			a.counters[i] = f.counter(&l.totals)
		} else {
			a.gauges[i] = f.gauge(&l.status)
		}
	}
	if len(l.totals.Ends) > 0 {
		a.ends = make(map[ending]uint64, len(l.totals.Ends))
	}
	for end, n := range l.totals.Ends {
		a.ends[endingOf(end)] += n
	}
	return a
}

func endingOf(end actors.LinkEnd) ending { return ending{string(end.Cause), codeOf(end)} }

// grow adds what a bot counted since it was last looked at.
func (a account) grow(now, before account) account {
	if a.counters == nil {
		a.counters, a.ends = make([]uint64, len(figures)), make(map[ending]uint64)
	}
	for i, n := range now.counters {
		if before.counters != nil {
			n -= before.counters[i]
		}
		a.counters[i] += n
	}
	for end, n := range now.ends {
		a.ends[end] += n - before.ends[end]
	}
	return a
}

// level adds how a bot is now.
func (a account) level(now account) account {
	if a.gauges == nil {
		a.gauges, a.states = make([]float64, len(figures)), make(map[condition]int)
		a.deliveries = make(map[fleet.DeliveryState]int)
	}
	for i, value := range now.gauges {
		if figures[i].highest {
			a.gauges[i] = max(a.gauges[i], value)
			continue
		}
		a.gauges[i] += value
	}
	a.states[now.state]++
	a.deliveries[now.delivery]++
	return a
}

// conditions are the states that the account counts, and how many bots are in each.
func (a account) conditions() map[condition]int {
	if a.states == nil && a.state != (condition{}) {
		return map[condition]int{a.state: 1}
	}
	return a.states
}

// deliveryStates are the states of deliveries that the account counts, and how many bots are in each.
func (a account) deliveryStates() map[fleet.DeliveryState]int {
	if a.deliveries == nil && a.delivery != "" {
		return map[fleet.DeliveryState]int{a.delivery: 1}
	}
	return a.deliveries
}

// value is a figure's; a gauge that nobody has any more is 0.
func (a account) value(figure int, gauge bool) float64 {
	switch {
	case !gauge:
		return float64(a.counters[figure])
	case a.gauges == nil:
		return 0
	}
	return a.gauges[figure]
}

func (c *collector) emit(metrics chan<- prometheus.Metric, s series, a account) {
	for i, f := range figures {
		kind, gauge := prometheus.CounterValue, f.gauge != nil
		if gauge {
			kind = prometheus.GaugeValue
		}
		metrics <- prometheus.MustNewConstMetric(c.descs[i], kind, a.value(i, gauge), f.labels(s)...)
	}
	for end, n := range a.ends {
		metrics <- prometheus.MustNewConstMetric(endsDesc, prometheus.CounterValue, float64(n), s.bot, s.platform,
			end.cause, end.code)
	}
	for state, n := range a.conditions() {
		metrics <- prometheus.MustNewConstMetric(stateDesc, prometheus.GaugeValue, float64(n), s.bot, s.platform,
			state.state, state.cause)
	}
	for state, n := range a.deliveryStates() {
		metrics <- prometheus.MustNewConstMetric(deliveryDesc, prometheus.GaugeValue, float64(n), s.bot, s.platform,
			string(state))
	}
}
