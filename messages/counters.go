package messages

import (
	"reflect"
	"sync/atomic"
)

// CounterSet has one T for each thing that a relay counts since its start; none ever goes down. This is the only place
// that lists them: the JSON of the API, its description and the metrics follow from the tags. The tag json is the name
// in JSON, metric and outcome (a label, if any) name the metric, and help is the metric's help.
type CounterSet[T any] struct {
	// FramesIn and FramesOut count frames (lines); BytesIn and BytesOut bytes on the socket.
	FramesIn  T `json:"frames_in" metric:"hermod_received_frames_total" help:"Frames from the connector."`
	FramesOut T `json:"frames_out" metric:"hermod_sent_frames_total" help:"Frames to the connector."`
	BytesIn   T `json:"bytes_in" metric:"hermod_received_bytes_total" help:"Bytes read from the sockets."`
	BytesOut  T `json:"bytes_out" metric:"hermod_sent_bytes_total" help:"Bytes written to the sockets."`
	// Reads and Writes count the system calls that carried them.
	Reads  T `json:"reads" metric:"hermod_socket_reads_total" help:"System calls that read."`
	Writes T `json:"writes" metric:"hermod_socket_writes_total" help:"System calls that wrote."`
	// Malformed frames could not be decoded, Ignored ones were of an unknown or the wrong type.
	Malformed T `json:"malformed" metric:"hermod_malformed_frames_total" help:"Frames that could not be decoded."`
	Ignored   T `json:"ignored" metric:"hermod_ignored_frames_total" help:"Frames of an unknown or the wrong type."`
	// Displaced counts the connections that the connector ended because another session holds the id.
	Displaced T `json:"displaced" metric:"hermod_displaced_total" help:"Connections that the connector ended because another session holds the id."`
	// LateResults came for a request that was settled already, or never made.
	LateResults T `json:"late_results" metric:"hermod_late_results_total" help:"Results for a request that was settled already, or never made."`
	// Handled deliveries succeeded, Retried handler runs failed and were tried again, DeadLettered deliveries went to the
	// dead-letter handler, Abandoned ones found nobody who took them, Duplicates were dropped.
	Handled      T `json:"handled" metric:"hermod_deliveries_total" outcome:"handled" help:"Inbound deliveries that were settled."`
	Retried      T `json:"retried" metric:"hermod_delivery_retries_total" help:"Runs of a handler that failed and were tried again."`
	DeadLettered T `json:"dead_lettered" metric:"hermod_deliveries_total" outcome:"dead_lettered" help:"Inbound deliveries that were settled."`
	Abandoned    T `json:"abandoned" metric:"hermod_deliveries_total" outcome:"abandoned" help:"Inbound deliveries that were settled."`
	Duplicates   T `json:"duplicates" metric:"hermod_deliveries_total" outcome:"duplicate" help:"Inbound deliveries that were settled."`
	// Acks counts acknowledgements handed to the socket.
	Acks T `json:"acks" metric:"hermod_acknowledgements_total" help:"Acknowledgements handed to the socket."`
	// Interrupts counts interrupts handed to the handler, InterruptsDropped those beyond the bound.
	Interrupts        T `json:"interrupts" metric:"hermod_interrupts_total" outcome:"handled" help:"Interrupts from the connector."`
	InterruptsDropped T `json:"interrupts_dropped" metric:"hermod_interrupts_total" outcome:"dropped" help:"Interrupts from the connector."`
	// Requests counts outbound requests, Resolved those that got their one outcome.
	Requests T `json:"requests" metric:"hermod_requests_total" help:"Outbound requests."`
	Resolved T `json:"resolved" metric:"hermod_requests_resolved_total" help:"Outbound requests that got their one outcome."`
}

// Counters are the counters at one moment. They are a value and safe to keep.
type Counters CounterSet[uint64]

// LiveCounters are counters that many goroutines raise. The zero value is ready; it must not be copied.
type LiveCounters CounterSet[atomic.Uint64]

// Snapshot returns the counters as they are, each read by itself.
func (l *LiveCounters) Snapshot() Counters {
	var now Counters
	live, to := reflect.ValueOf(l).Elem(), reflect.ValueOf(&now).Elem()
	for i := range live.NumField() {
		to.Field(i).SetUint(live.Field(i).Addr().Interface().(*atomic.Uint64).Load())
	}
	return now
}

// Plus returns the sums of both.
func (c Counters) Plus(o Counters) Counters {
	sum, more := reflect.ValueOf(&c).Elem(), reflect.ValueOf(&o).Elem()
	for i := range sum.NumField() {
		sum.Field(i).SetUint(sum.Field(i).Uint() + more.Field(i).Uint())
	}
	return c
}

// Counter describes one of the counters.
type Counter struct {
	// Name is its name in JSON.
	Name string
	// Metric and Help are its metric's; Outcome is the metric's label of that name, "" when it has none.
	Metric, Outcome, Help string

	field int
}

// CounterList describes every counter, in their order in CounterSet.
func CounterList() []Counter {
	set := reflect.TypeFor[Counters]()
	list := make([]Counter, set.NumField())
	for i := range list {
		tag := set.Field(i).Tag
		list[i] = Counter{Name: tag.Get("json"), Metric: tag.Get("metric"), Outcome: tag.Get("outcome"), Help: tag.Get("help"), field: i}
	}
	return list
}

// Of returns the counter's value.
func (c Counter) Of(counters *Counters) uint64 {
	return reflect.ValueOf(counters).Elem().Field(c.field).Uint()
}
