package suite

import "hermod/bench/workload"

// A frame of a short chat message, and one of a long one.
const (
	short = 420
	long  = 4096
)

// scenarios is the whole table. Clients come in the order of the reports: Hermod, the limits, then from the strongest
// to the simplest.
var scenarios = []scenario{
	{
		id: "inbound-420", title: "inbound, 420 B, 1 frame a message", headline: workload.FramesPerSecond,
		spec: workload.Spec{Scenario: workload.Inbound, Size: short, Batch: 1},
		clients: []string{workload.Hermod, workload.HermodKeep, workload.Raw, workload.Inline, workload.InlineReuse,
			workload.InlineWire, workload.GobwasMutex, workload.GWS, workload.Coder, workload.Gorilla,
			workload.PythonClient},
	},
	{
		id: "inbound-420-core", title: "inbound, 420 B, the client on one core", headline: workload.FramesPerSecond,
		spec:    workload.Spec{Scenario: workload.Inbound, Size: short, Batch: 1},
		oneCore: true,
		clients: []string{workload.Hermod, workload.HermodKeep, workload.Inline, workload.GobwasMutex, workload.Gorilla},
	},
	{
		id: "inbound-420x16", title: "inbound, 420 B, 16 frames a message", headline: workload.FramesPerSecond,
		spec:    workload.Spec{Scenario: workload.Inbound, Size: short, Batch: 16},
		clients: []string{workload.Hermod, workload.Raw, workload.Inline, workload.GWS, workload.Coder, workload.Gorilla},
	},
	{
		id: "inbound-4k", title: "inbound, 4 KiB, 1 frame a message", headline: workload.FramesPerSecond,
		spec: workload.Spec{Scenario: workload.Inbound, Size: long, Batch: 1},
		clients: []string{workload.Hermod, workload.Raw, workload.Inline, workload.GWS, workload.Coder,
			workload.Gorilla, workload.PythonClient},
	},
	{
		id: "inbound-4kx16", title: "inbound, 4 KiB, 16 frames a message", headline: workload.FramesPerSecond,
		spec:    workload.Spec{Scenario: workload.Inbound, Size: long, Batch: 16},
		clients: []string{workload.Hermod, workload.Inline, workload.Gorilla},
	},
	{
		id: "inbound-acks", title: "inbound, 420 B, each frame acknowledged", headline: workload.FramesPerSecond,
		spec:    workload.Spec{Scenario: workload.InboundAcks, Size: short, Batch: 1},
		clients: []string{workload.Hermod, workload.GobwasYield, workload.GobwasMutex, workload.Gorilla},
	},
	{
		id: "outbound-1", title: "outbound, 1 request in flight", headline: workload.P50,
		spec: workload.Spec{Scenario: workload.Outbound, InFlight: 1},
		clients: []string{workload.Hermod, workload.GobwasYield, workload.GobwasMutex, workload.GWS, workload.Coder,
			workload.Gorilla, workload.PythonClient},
	},
	{
		id: "outbound-64", title: "outbound, 64 requests in flight", headline: workload.FramesPerSecond,
		spec: workload.Spec{Scenario: workload.Outbound, InFlight: 64},
		clients: []string{workload.Hermod, workload.GobwasYield, workload.GobwasMutex, workload.GWS, workload.Coder,
			workload.Gorilla, workload.PythonClient},
	},
	{
		id: "outbound-1024", title: "outbound, 1,024 requests in flight", headline: workload.FramesPerSecond,
		spec: workload.Spec{Scenario: workload.Outbound, InFlight: 1024},
		clients: []string{workload.Hermod, workload.GobwasYield, workload.GobwasMutex, workload.GWS, workload.Coder,
			workload.Gorilla, workload.PythonClient},
	},
	{
		id: "outbound-64-busy", title: "outbound, 64 in flight, beside 4 goroutines that only compute", headline: workload.FramesPerSecond,
		spec:    workload.Spec{Scenario: workload.Outbound, InFlight: 64, Busy: 4},
		clients: []string{workload.Hermod, workload.GobwasYield, workload.GobwasMutex},
	},
	{
		id: "duplex", title: "inbound at a bounded rate and outbound, 64 in flight", headline: workload.FramesPerSecond,
		spec:    workload.Spec{Scenario: workload.Duplex, Size: short, Batch: 1, InFlight: 64},
		clients: []string{workload.Hermod, workload.GobwasYield, workload.GobwasMutex, workload.Gorilla},
	},
	spread("spread-1", "the same traffic over 1 relay", 1),
	spread("spread-100", "the same traffic over 100 relays", 100),
	spread("spread-1000", "the same traffic over 1,000 relays", 1_000),
	spread("spread-10000", "the same traffic over 10,000 relays", 10_000),
	{
		id: "spread-2000-tls", title: "half the traffic over 2,000 relays with TLS", headline: workload.CPUPerFrame,
		spec:    workload.Spec{Scenario: workload.Spread, Size: short, Batch: 1, Relays: 2_000, Rate: 50_000, TLS: true},
		clients: []string{workload.Hermod, workload.Raw, workload.GobwasMutex},
	},
	{
		id: "connect-10000", title: "connect and greet 10,000 relays", headline: workload.ConnectSeconds,
		spec:    workload.Spec{Scenario: workload.Connect, Relays: 10_000},
		clients: []string{workload.Hermod, workload.Bare, workload.NBIO},
	},
	{
		id: "idle-10000", title: "hold 10,000 idle relays", headline: workload.RSSPerRelay,
		spec: workload.Spec{Scenario: workload.Idle, Relays: 10_000},
		clients: []string{workload.Hermod, workload.Bare, workload.NBIO, workload.GobwasMutex, workload.GWS,
			workload.Coder, workload.Gorilla},
	},
	{
		id: "idle-2000-tls", title: "hold 2,000 idle relays with TLS", headline: workload.RSSPerRelay,
		spec:    workload.Spec{Scenario: workload.Idle, Relays: 2_000, TLS: true},
		clients: []string{workload.Hermod, workload.Bare, workload.GobwasMutex},
	},
	{
		id: "idle-run-10000", title: "hold 10,000 idle bots in hermod run", headline: workload.RSSPerRelay, long: true,
		spec:    workload.Spec{Scenario: workload.Idle, Relays: 10_000, Rest: 40},
		clients: []string{workload.HermodRun},
	},
	{
		id: "silence-10000", title: "the first event after a minute of silence, 10,000 relays", headline: workload.P99, long: true,
		spec:    workload.Spec{Scenario: workload.Silence, Size: short, Batch: 1, Relays: 10_000, Rest: 60},
		clients: []string{workload.Hermod, workload.GobwasMutex, workload.NBIO},
	},
	{
		id: "hang", title: "a chat whose handler hangs, among many", headline: workload.OthersDuring,
		spec:    workload.Spec{Scenario: workload.Hang, Size: short, Batch: 1},
		clients: []string{workload.Hermod},
	},
	{
		id: "middle-outbound-1", title: "behind hermod run: outbound, 1 request in flight", headline: workload.P50,
		spec: workload.Spec{Scenario: workload.Outbound, InFlight: 1},
		clients: []string{workload.Hermod, workload.Behind, workload.BehindKept, workload.Copied, workload.PythonClient,
			workload.PythonBehind},
	},
	{
		id: "middle-live", title: "behind hermod run: inbound, 420 B", headline: workload.FramesPerSecond,
		spec: workload.Spec{Scenario: workload.Inbound, Size: short, Batch: 1},
		clients: []string{workload.Hermod, workload.Behind, workload.BehindKept, workload.Copied, workload.PythonClient,
			workload.PythonBehind},
	},
	{
		id: "middle-acks", title: "behind hermod run: inbound, 420 B, each frame acknowledged", headline: workload.FramesPerSecond,
		spec:    workload.Spec{Scenario: workload.InboundAcks, Size: short, Batch: 1},
		clients: []string{workload.Hermod, workload.Behind, workload.BehindKept, workload.Store},
	},
}

func spread(id, title string, relays int) scenario {
	return scenario{
		id: id, title: title, headline: workload.CPUPerFrame,
		spec:    workload.Spec{Scenario: workload.Spread, Size: short, Batch: 1, Relays: relays},
		clients: []string{workload.Hermod, workload.GobwasMutex, workload.NBIO, workload.NBIODirect},
	}
}
