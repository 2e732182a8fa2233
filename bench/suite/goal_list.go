package suite

import (
	"slices"

	"hermod/bench/workload"
)

// goals are the last lines of the program.
var goals = slices.Concat(goalsOfOneLink, goalsOfAFleet(), goalsBehind)

// goalsOfOneLink are about a relay under load.
var goalsOfOneLink = []goal{
	against("inbound-vs-inline", workload.FramesPerSecond, "inbound-420/hermod", "inbound-420/inline").atLeast(1.7),
	against("inbound-core-vs-inline", workload.FramesPerSecond, "inbound-420-core/hermod", "inbound-420-core/inline").atLeast(1),
	against("inbound-kept-vs-inline", workload.FramesPerSecond, "inbound-420/hermod-keep", "inbound-420/inline").atLeast(1.25),
	against("inbound-kept-core-vs-inline", workload.FramesPerSecond, "inbound-420-core/hermod-keep", "inbound-420-core/inline").atLeast(0.8),
	against("inbound-vs-gorilla", workload.FramesPerSecond, "inbound-420/hermod", "inbound-420/gorilla").atLeast(6),
	against("inbound-vs-python", workload.FramesPerSecond, "inbound-420/hermod", "inbound-420/python").atLeast(15),
	goal{id: "inbound-allocs-over-goccy", a: figure{"inbound-420/hermod", workload.AllocsPerFrame},
		b: []figure{{"inbound-420/inline", workload.AllocsPerFrame}}, combine: difference}.noMoreThan(1),
	against("outbound1-p50-vs-gobwas-mutex", workload.P50, "outbound-1/hermod", "outbound-1/gobwas-mutex").noMoreThan(1.10),
	against("outbound64-vs-gobwas-mutex", workload.FramesPerSecond, "outbound-64/hermod", "outbound-64/gobwas-mutex").atLeast(1.6),
	against("outbound64-vs-gobwas-yield", workload.FramesPerSecond, "outbound-64/hermod", "outbound-64/gobwas-yield").atLeast(1.05),
	against("outbound64-p99-vs-gobwas-mutex", workload.P99, "outbound-64/hermod", "outbound-64/gobwas-mutex").noMoreThan(0.60),
	alone("outbound64-writes-per-frame", workload.WritesPerFrame, "outbound-64/hermod", "").noMoreThan(0.10),
	against("outbound64-busy-vs-gobwas-mutex", workload.FramesPerSecond, "outbound-64-busy/hermod", "outbound-64-busy/gobwas-mutex").atLeast(1.1),
	against("outbound1024-vs-gobwas-mutex", workload.FramesPerSecond, "outbound-1024/hermod", "outbound-1024/gobwas-mutex").atLeast(1.7),
	against("duplex-requests-vs-gobwas-yield", workload.FramesPerSecond, "duplex/hermod", "duplex/gobwas-yield").atLeast(1.05),
	goal{id: "hang-others", a: figure{"hang/hermod", workload.OthersDuring},
		b: []figure{{"hang/hermod", workload.OthersBefore}}, combine: ratio}.atLeast(0.95),
}

// leastServed is the share of the events below which a client or the machine was saturated.
const leastServed = 0.98

// goalsOfAFleet are about many relays in a process.
func goalsOfAFleet() []goal {
	all := []goal{
		alone("idle-rss-per-relay", workload.RSSPerRelay, "idle-10000/hermod", " B").noMoreThan(3277),
		against("idle-tls-vs-bare", workload.RSSPerRelay, "idle-2000-tls/hermod", "idle-2000-tls/bare").noMoreThan(1.5),
		alone("idle-tls-rss-per-relay", workload.RSSPerRelay, "idle-2000-tls/hermod", " B").noMoreThan(20 << 10),
		alone("idle-run-rss-per-bot", workload.RSSPerRelay, "idle-run-10000/hermod-run", " B").noMoreThan(8 << 10),
		against("connect-vs-bare", workload.ConnectSeconds, "connect-10000/hermod", "connect-10000/bare").noMoreThan(1.25),
		against("silence-p99-vs-gobwas-mutex", workload.P99, "silence-10000/hermod", "silence-10000/gobwas-mutex").noMoreThan(1.2),
		against("spread10000-vs-1", workload.CPUPerFrame, "spread-10000/hermod", "spread-1/hermod").noMoreThan(1.5),
	}
	for _, n := range []string{"1", "100", "1000", "10000"} {
		row := func(client string) string { return "spread-" + n + "/" + client }
		all = append(all,
			against("spread"+n+"-cpu-vs-gobwas-mutex", workload.CPUPerFrame, row(workload.Hermod), row(workload.GobwasMutex)).noMoreThan(0.9),
			against("spread"+n+"-cpu-vs-best", workload.CPUPerFrame, row(workload.Hermod), row(workload.GobwasMutex),
				row(workload.NBIO)).noMoreThan(1.1),
			alone("spread"+n+"-served", workload.Served, row(workload.Hermod), "").atLeast(leastServed),
		)
	}
	return all
}

// goalsBehind are about a gateway behind `hermod run`.
var goalsBehind = []goal{
	against("middle-p50-vs-direct", workload.P50, "middle-outbound-1/behind", "middle-outbound-1/hermod").noMoreThan(2.2),
	against("middle-events-vs-direct", workload.FramesPerSecond, "middle-live/behind", "middle-live/hermod").atLeast(0.5),
	against("middle-p50-vs-direct-python", workload.P50, "middle-outbound-1/python-behind", "middle-outbound-1/python").noMoreThan(2.2),
	against("middle-events-vs-direct-python", workload.FramesPerSecond, "middle-live/python-behind", "middle-live/python").atLeast(0.5),
	against("middle-p50-vs-copied", workload.P50, "middle-outbound-1/behind", "middle-outbound-1/copied").noMoreThan(1.2),
	against("middle-kept-vs-store", workload.FramesPerSecond, "middle-acks/behind-kept", "middle-acks/store").atLeast(0.5),
}
