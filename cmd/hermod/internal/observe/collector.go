package observe

import (
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"hermod/actors"
	"hermod/cmd/hermod/internal/fleet"
)

var (
	stateDesc = prometheus.NewDesc("hermod_bot_state",
		"State of the bot, with why it is disabled: 1 for the one that it is in; for other, how many are.", []string{"bot", "platform", "state", "cause"}, nil)
	deliveryDesc = prometheus.NewDesc("hermod_delivery_state",
		"How the bot's deliveries go: 1 for the state that it is in; for other, how many are.", []string{"bot", "platform", "state"}, nil)
	endsDesc = prometheus.NewDesc("hermod_link_ends_total",
		"Connections and dials that ended, by cause; code is the close code, or the HTTP status of a refused upgrade.", []string{"bot", "platform", "cause", "code"}, nil)
	botsDesc    = prometheus.NewDesc("hermod_bots", "Bots in the fleet.", nil, nil)
	collectDesc = prometheus.NewDesc("hermod_fleet_collect_duration_seconds", "How long reading the status of every bot took.", nil, nil)
)

// collector reads the fleet when it is scraped.
type collector struct {
	directory *directory
	descs     []*prometheus.Desc // of figures
	bots      func() []*fleet.Bot

	mu      sync.Mutex // one scrape at a time
	named   map[*fleet.Bot]bool
	counted map[*fleet.Bot]account // of the bots without series of their own, at the last scrape
	others  map[string]account     // the counters of other, by platform; they outlive the bots that were counted
}

// series names the bot and platform that samples belong to.
type series struct{ bot, platform string }

// account holds the figures of one series; gauges and states are those of this scrape.
type account struct {
	counters []uint64 // by index of figures
	gauges   []float64
	ends     map[ending]uint64
	states   map[condition]int
	delivery map[fleet.DeliveryState]int
}

// ending and condition are the bounded labels of an end and of a state.
type (
	ending    struct{ cause, code string }
	condition struct{ state, cause string }
)

func newCollector(d *directory, bots func() []*fleet.Bot) *collector {
	c := &collector{directory: d, bots: bots, named: make(map[*fleet.Bot]bool),
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
	c.mu.Lock()
	defer c.mu.Unlock()
	begun := time.Now()
	bots := c.bots()
	page := c.directory.page()
	named, counted := c.allot(bots), make(map[*fleet.Bot]account)
	gauges := make(map[string]account) // of other, by platform
	fleetSize := 0
	for _, bot := range bots {
		now, there := read(bot)
		if !there {
			continue
		}
		fleetSize++
		platform := page.platform(bot.Name())
		if named[bot] {
			c.emit(metrics, series{bot.Name(), platform}, now)
			continue
		}
		counted[bot] = now
		before := c.counted[bot]
		if c.named[bot] { // what it counted so far was shown under its name
			before = now
		}
		c.others[platform] = c.others[platform].grow(now, before)
		gauges[platform] = gauges[platform].level(now)
	}
	c.named, c.counted = named, counted
	for platform, total := range c.others {
		level := gauges[platform]
		total.gauges, total.states, total.delivery = level.gauges, level.states, level.delivery
		c.emit(metrics, series{other, platform}, total)
	}
	metrics <- prometheus.MustNewConstMetric(botsDesc, prometheus.GaugeValue, float64(fleetSize))
	metrics <- prometheus.MustNewConstMetric(collectDesc, prometheus.GaugeValue, time.Since(begun).Seconds())
}

// allot says which bots have series of their own: those that had them, then the first others, up to the bound. A bot
// that has been counted among the others stays there, since its counters are in their sum.
func (c *collector) allot(bots []*fleet.Bot) map[*fleet.Bot]bool {
	limit := 0
	if cfg := c.directory.config(); cfg != nil {
		limit = cfg.Metrics.Bots
	}
	named := make(map[*fleet.Bot]bool, min(limit, len(bots)))
	for _, had := range []bool{true, false} {
		for _, bot := range bots {
			_, counted := c.counted[bot]
			if len(named) < limit && c.named[bot] == had && !counted && bot.Name() != other {
				named[bot] = true
			}
		}
	}
	return named
}

// read returns the figures of a bot; false when it has left.
func read(bot *fleet.Bot) (account, bool) {
	status := bot.Status()
	select {
	case <-bot.Done():
		return account{}, false
	default:
	}
	totals := status.Totals()
	a := account{counters: make([]uint64, len(figures)), gauges: make([]float64, len(figures)),
		ends:     make(map[ending]uint64, len(totals.Ends)),
		states:   map[condition]int{{string(status.State), string(status.Cause)}: 1},
		delivery: map[fleet.DeliveryState]int{status.DeliveryState(): 1}}
	for i, f := range figures {
		if f.counter != nil {
			a.counters[i] = f.counter(totals)
		} else {
			a.gauges[i] = f.gauge(status)
		}
	}
	for end, n := range totals.Ends {
		a.ends[endingOf(end)] += n
	}
	return a, true
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
		a.delivery = make(map[fleet.DeliveryState]int)
	}
	for i, value := range now.gauges {
		if figures[i].highest {
			a.gauges[i] = max(a.gauges[i], value)
			continue
		}
		a.gauges[i] += value
	}
	for state, n := range now.states {
		a.states[state] += n
	}
	for state, n := range now.delivery {
		a.delivery[state] += n
	}
	return a
}

func (c *collector) emit(metrics chan<- prometheus.Metric, s series, a account) {
	for i, f := range figures {
		kind, value := prometheus.CounterValue, float64(a.counters[i])
		if f.gauge != nil {
			kind, value = prometheus.GaugeValue, 0
			if a.gauges != nil {
				value = a.gauges[i]
			}
		}
		metrics <- prometheus.MustNewConstMetric(c.descs[i], kind, value, f.labels(s)...)
	}
	for end, n := range a.ends {
		metrics <- prometheus.MustNewConstMetric(endsDesc, prometheus.CounterValue, float64(n), s.bot, s.platform,
			end.cause, end.code)
	}
	for state, n := range a.states {
		metrics <- prometheus.MustNewConstMetric(stateDesc, prometheus.GaugeValue, float64(n), s.bot, s.platform,
			state.state, state.cause)
	}
	for state, n := range a.delivery {
		metrics <- prometheus.MustNewConstMetric(deliveryDesc, prometheus.GaugeValue, float64(n), s.bot, s.platform,
			string(state))
	}
}
