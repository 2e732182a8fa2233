package workload

import "cmp"

// The clients of this package. PeerClient is the load itself.
const (
	PeerClient   = "peer"
	Hermod       = "hermod"        // the engine, through its public façade; the handler releases its events
	HermodKeep   = "hermod-keep"   // the same, and the handler may keep them
	Inline       = "inline"        // reads and decodes on one goroutine, nothing more
	InlineWire   = "inline-wire"   // the same, with the engine's own decoder
	InlineReuse  = "inline-reuse"  // Inline with memory that is used again, since the handler keeps nothing
	Raw          = "raw"           // counts newlines
	GobwasMutex  = "gobwas-mutex"  // goroutines and a locked map, one write a frame
	GobwasYield  = "gobwas-yield"  // the same, with a writer that yields and writes once for all that waits
	Bare         = "bare"          // dials and says hello; for Connect and Idle
	Gorilla      = "gorilla"       // gorilla/websocket and encoding/json; module hermod/bench/baselines
	Coder        = "coder"         // coder/websocket and encoding/json; module hermod/bench/baselines
	GWS          = "gws"           // lxzan/gws and goccy/go-json; module hermod/bench/baselines
	NBIO         = "nbio"          // lesismal/nbio, without goroutines, and goccy/go-json; module hermod/bench/baselines
	NBIODirect   = "nbio-direct"   // the same, with handlers on the poller
	PythonClient = "python"        // asyncio and websockets
	PythonBehind = "python-behind" // the same, and a Behind for its connector
	Copied       = "copied"        // Hermod with a process that copies bytes between it and the peer
	Behind       = "behind"        // Hermod with `hermod run`, which keeps nothing, between it and the peer
	BehindKept   = "behind-kept"   // the same with events kept on disk
	HermodRun    = "hermod-run"    // `hermod run` with many bots; for Idle
	Store        = "store"         // writes events to the daemon's store, without a link
)

// The scenarios.
const (
	Inbound     = "inbound"      // events as fast as the client takes them
	InboundAcks = "inbound-acks" // the same, and each is acknowledged
	Outbound    = "outbound"     // InFlight requests at any time
	Duplex      = "duplex"       // Outbound beside events at Rate
	Spread      = "spread"       // events at Rate in all, dealt to Relays relays in turn, Batch a write
	Connect     = "connect"      // Relays relays until each has its descriptor, Dialers at a time
	Idle        = "idle"         // Relays relays at rest
	Silence     = "silence"      // Relays relays that get an event at once, and one more after Rest, at Rate in all
	Hang        = "hang"         // events of many chats; from half-time on the handler of one does not return
)

// Spec is what one process is to do. The peer gets its client's Spec, with Client PeerClient and CPUs of its own.
type Spec struct {
	Client   string
	Scenario string
	URL      string  // the peer's; empty for the peer
	Token    string  `json:",omitempty"` // what a client in Python proves itself with; "" for nothing
	Roots    string  `json:",omitempty"` // the peer's certificate in PEM; "" without TLS, and for the peer
	TLS      bool    `json:",omitempty"` // the connections are wss
	Size     int     // bytes of an inbound frame, at least 400; 0: 420
	Batch    int     // inbound frames a WebSocket message; 0: 1
	Rate     float64 // inbound frames a second in all; 0: 50,000 for Duplex, 100,000 for Spread, 5,000 for Silence
	InFlight int     // requests in flight; 0: 64
	Relays   int     // connections of the process; 0: 1
	Seconds  float64 // measured time; 0: 1. Connect and Idle take what they take
	WarmUp   float64 // time before it
	// Rest is the seconds that connections are left alone: for Idle before their memory is measured, if WarmUp is less,
	// for Silence before their event. 0 is 3.
	Rest float64
	Busy int   // goroutines that burn CPU beside the load
	CPUs []int // the process's CPUs, GOMAXPROCS is their number; nil: all
}

// Address is the peer's first line.
type Address struct {
	URL   string `json:"url"`
	Roots string `json:"roots,omitempty"` // its certificate in PEM; "" without TLS
}

// Result is what one process measured.
type Result struct {
	Client, Scenario string
	// Metrics are named below; one that has no meaning is absent.
	Metrics map[string]float64
	// Latency is a round-trip histogram in ns, in HdrHistogram's compressed V2 encoding in base64; "" when not measured.
	Latency string `json:",omitempty"`
	// Error says why the run failed; "" when it did not.
	Error string `json:",omitempty"`
	// Absent says what the client lacks on this machine; "" when it ran.
	Absent string `json:",omitempty"`
}

// What a client measures of itself, within the measured time. A frame is an event handled or a request answered. A
// latency is from a request to its result; for Silence from the peer's write of an event to the handler.
const (
	FramesPerSecond = "frames_per_s"
	EventsPerSecond = "events_per_s" // Duplex: the events; frames_per_s is the requests then, the costs are a frame of both
	Served          = "served"       // Spread: the share of the rate that was handled
	Requests        = "requests"     // answered from start to end, outside the measured time too
	P50             = "p50_ns"
	P90             = "p90_ns"
	P99             = "p99_ns"
	P999            = "p999_ns"
	MaxLatency      = "max_ns"
	AllocsPerFrame  = "allocs_per_frame"
	BytesPerFrame   = "bytes_per_frame"  // heap bytes allocated
	CPUPerFrame     = "cpu_ns_per_frame" // user and system; absent with Busy
	GCCycles        = "gc_cycles"
	GCPause         = "gc_pause_ns"
	WritesPerFrame  = "writes_per_frame" // write system calls, as the kernel counts them for the process
	ReadsPerFrame   = "reads_per_frame"
	RSS             = "rss_bytes"           // at the end; for Idle after a collection that gave free memory back
	RSSPerRelay     = "rss_per_relay_bytes" // Idle: RSS / Relays, so everything included
	ConnectSeconds  = "connect_s"           // until all have their descriptor
	OthersBefore    = "others_before_per_s" // Hang: events of the other chats a second
	OthersDuring    = "others_during_per_s"
)

// What the peer counts from its start to its end.
const (
	PeerSent        = "sent_frames"     // events
	PeerAnswered    = "answered_frames" // requests
	PeerAcked       = "acked_frames"    // acknowledgements
	PeerConnections = "connections"
	CPUSeconds      = "cpu_s"
)

// Dialers is how many connections a worker opens at once.
const Dialers = 64

func (s Spec) withDefaults() Spec {
	rate := map[string]float64{Duplex: 50_000, Spread: 100_000, Silence: 5_000}[s.Scenario]
	s.Size = cmp.Or(s.Size, 420)
	s.Batch = cmp.Or(s.Batch, 1)
	s.Rate = cmp.Or(s.Rate, rate)
	s.InFlight = cmp.Or(s.InFlight, 64)
	s.Relays = cmp.Or(s.Relays, 1)
	s.Seconds = cmp.Or(s.Seconds, 1)
	s.Rest = cmp.Or(s.Rest, 3)
	return s
}
