package observe

import (
	"github.com/prometheus/client_golang/prometheus"

	"hermod/actors"
	"hermod/cmd/hermod/internal/fleet"
)

// figure is one number that every bot has.
type figure struct {
	name, help string
	outcome    string // the value of the label outcome; "" when the metric has no such label
	counter    func(fleet.Totals) uint64
	gauge      func(fleet.Status) float64
}

// figures are all of them; rows of one metric differ in its outcome.
var figures = []figure{
	{name: "hermod_bot_connected", help: "Whether the bot is connected or sleeps; for other, how many are.",
		gauge: func(s fleet.Status) float64 { return truth(s.PlatformState == "connected") }},
	{name: "hermod_redial_attempt", help: "Number of the coming or running dial since the last stable connection, 0 for the first; for other, their sum.",
		gauge: func(s fleet.Status) float64 { return float64(s.Attempt) }},
	{name: "hermod_pending_requests", help: "Outbound requests without a result.",
		gauge: func(s fleet.Status) float64 { return float64(s.Pending) }},
	{name: "hermod_queued_deliveries", help: "Inbound deliveries that are not settled.",
		gauge: func(s fleet.Status) float64 { return float64(s.Queued) }},
	{name: "hermod_queued_bytes", help: "Bytes of the frames of queued deliveries.",
		gauge: func(s fleet.Status) float64 { return float64(s.QueuedBytes) }},
	{name: "hermod_delivery_stuck", help: "Whether a delivery failed for good and stays unacknowledged; for other, how many bots have one.",
		gauge: func(s fleet.Status) float64 { return truth(s.Stuck != nil) }},
	{name: "hermod_dials_total", help: "Connections that were dialled, the first one included.",
		counter: func(t fleet.Totals) uint64 { return t.Dials }},
	{name: "hermod_handshakes_total", help: "Connections that got a descriptor.",
		counter: func(t fleet.Totals) uint64 { return t.Handshakes }},
	{name: "hermod_received_frames_total", help: "Frames from the connector.", counter: count(func(c *actors.Counters) uint64 { return c.FramesIn })},
	{name: "hermod_sent_frames_total", help: "Frames to the connector.", counter: count(func(c *actors.Counters) uint64 { return c.FramesOut })},
	{name: "hermod_received_bytes_total", help: "Bytes read from the sockets.", counter: count(func(c *actors.Counters) uint64 { return c.BytesIn })},
	{name: "hermod_sent_bytes_total", help: "Bytes written to the sockets.", counter: count(func(c *actors.Counters) uint64 { return c.BytesOut })},
	{name: "hermod_socket_reads_total", help: "System calls that read.", counter: count(func(c *actors.Counters) uint64 { return c.Reads })},
	{name: "hermod_socket_writes_total", help: "System calls that wrote.", counter: count(func(c *actors.Counters) uint64 { return c.Writes })},
	{name: "hermod_malformed_frames_total", help: "Frames that could not be decoded.", counter: count(func(c *actors.Counters) uint64 { return c.Malformed })},
	{name: "hermod_ignored_frames_total", help: "Frames of an unknown or the wrong type.", counter: count(func(c *actors.Counters) uint64 { return c.Ignored })},
	{name: "hermod_late_results_total", help: "Results for a request that was settled already, or never made.", counter: count(func(c *actors.Counters) uint64 { return c.LateResults })},
	delivered("handled", func(c *actors.Counters) uint64 { return c.Handled }),
	delivered("dead_lettered", func(c *actors.Counters) uint64 { return c.DeadLettered }),
	delivered("abandoned", func(c *actors.Counters) uint64 { return c.Abandoned }),
	delivered("duplicate", func(c *actors.Counters) uint64 { return c.Duplicates }),
	{name: "hermod_delivery_retries_total", help: "Runs of a handler that failed and were tried again.", counter: count(func(c *actors.Counters) uint64 { return c.Retried })},
	{name: "hermod_acknowledgements_total", help: "Acknowledgements handed to the socket.", counter: count(func(c *actors.Counters) uint64 { return c.Acks })},
	interrupted("handled", func(c *actors.Counters) uint64 { return c.Interrupts }),
	interrupted("dropped", func(c *actors.Counters) uint64 { return c.InterruptsDropped }),
	{name: "hermod_requests_total", help: "Outbound requests.", counter: count(func(c *actors.Counters) uint64 { return c.Requests })},
	{name: "hermod_requests_resolved_total", help: "Outbound requests that got their one outcome.", counter: count(func(c *actors.Counters) uint64 { return c.Resolved })},
}

func delivered(outcome string, value func(*actors.Counters) uint64) figure {
	return figure{name: "hermod_deliveries_total", help: "Inbound deliveries that were settled.", outcome: outcome, counter: count(value)}
}

func interrupted(outcome string, value func(*actors.Counters) uint64) figure {
	return figure{name: "hermod_interrupts_total", help: "Interrupts from the connector.", outcome: outcome, counter: count(value)}
}

func count(value func(*actors.Counters) uint64) func(fleet.Totals) uint64 {
	return func(t fleet.Totals) uint64 { return value(&t.Counters) }
}

func truth(is bool) float64 {
	if is {
		return 1
	}
	return 0
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
