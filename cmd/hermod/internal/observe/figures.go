package observe

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"hermod/cmd/hermod/internal/fleet"
	"hermod/messages"
)

// figure is one number that every bot has.
type figure struct {
	name, help string
	outcome    string // the value of the label outcome; "" when the metric has no such label
	counter    func(*fleet.Totals) uint64
	gauge      func(*fleet.Status) float64
	highest    bool // of a gauge: for other, the highest counts, not the sum
}

// figures are all of them; rows of one metric differ in its outcome.
var figures = withCounters([]figure{
	{name: "hermod_bot_connected", help: "Whether the bot is connected or sleeps; for other, how many are.",
		gauge: func(s *fleet.Status) float64 { return truth(s.PlatformState == "connected") }},
	{name: "hermod_redial_attempt", help: "Number of the coming or running dial since the last stable connection, 0 for the first; for other, their sum.",
		gauge: func(s *fleet.Status) float64 { return float64(s.Attempt) }},
	{name: "hermod_pending_requests", help: "Outbound requests without a result.",
		gauge: func(s *fleet.Status) float64 { return float64(s.Pending) }},
	{name: "hermod_queued_deliveries", help: "Inbound deliveries that are not settled.",
		gauge: func(s *fleet.Status) float64 { return float64(s.Queued) }},
	{name: "hermod_queued_bytes", help: "Bytes of the frames of queued deliveries.",
		gauge: func(s *fleet.Status) float64 { return float64(s.QueuedBytes) }},
	{name: "hermod_delivery_stuck", help: "Whether a delivery failed for good and stays unacknowledged; for other, how many bots have one.",
		gauge: func(s *fleet.Status) float64 { return truth(s.Stuck != nil) }},
	{name: "hermod_delivery_failing", help: "Whether what takes the bot's deliveries does not work; for other, how many bots have such a delivery.",
		gauge: func(s *fleet.Status) float64 { return truth(s.Undelivered()) }},
	{name: "hermod_delivery_oldest_seconds", help: "For how long the oldest delivery waits for what takes it, 0 when none does; for other, the highest.",
		gauge: func(s *fleet.Status) float64 { return age(s.Delivery().Oldest) }, highest: true},
	{name: "hermod_process_restarts_total", help: "Times that a bot's subprocess ended by itself, or could not be started.",
		counter: func(t *fleet.Totals) uint64 { return t.Restarts }},
	{name: "hermod_process_lines_dropped_total", help: "Lines of the standard error of a bot's subprocess that were not logged, because they were too many.",
		counter: func(t *fleet.Totals) uint64 { return t.DroppedLines }},
	{name: "hermod_dials_total", help: "Connections that were dialled, the first one included.",
		counter: func(t *fleet.Totals) uint64 { return t.Dials }},
	{name: "hermod_handshakes_total", help: "Connections that got a descriptor.",
		counter: func(t *fleet.Totals) uint64 { return t.Handshakes }},
})

// withCounters appends the figures that are counters of a relay.
func withCounters(figures []figure) []figure {
	for _, c := range messages.CounterList() {
		figures = append(figures, figure{name: c.Metric, help: c.Help, outcome: c.Outcome,
			counter: func(t *fleet.Totals) uint64 { return c.Of(&t.Counters) }})
	}
	return figures
}

func truth(is bool) float64 {
	if is {
		return 1
	}
	return 0
}

// age is how long ago something was, in seconds; 0 for what never was.
func age(since time.Time) float64 {
	if since.IsZero() {
		return 0
	}
	return max(0, time.Since(since).Seconds())
}

// desc describes the figure's metric.
func (f figure) desc() *prometheus.Desc {
	labels := []string{"bot", "platform"}
	if f.outcome != "" {
		labels = append(labels, "outcome")
	}
	return prometheus.NewDesc(f.name, f.help, labels, nil)
}

// labels are the figure's label values in a bot's series.
func (f figure) labels(s series) []string {
	if f.outcome != "" {
		return []string{s.bot, s.platform, f.outcome}
	}
	return []string{s.bot, s.platform}
}
