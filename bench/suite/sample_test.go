package suite

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"hermod/bench/workload"
)

// sampleReport is a report of the whole table with figures of the right order, the same at every call. They were not
// measured: they are what the reports are tested with.
func sampleReport(t testing.TB) *Report {
	t.Helper()
	random := rand.New(rand.NewPCG(1, 2))
	r := &Report{Version: formatVersion, Started: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Seconds: 431.4, Command: "go run ./bench",
		Commit: "0123456789abcdef0123456789abcdef01234567", Rounds: 5,
		Machine: Machine{OS: "linux", Arch: "amd64", Kernel: "6.1.0", CPU: "Sample CPU", Cores: 2, Memory: 8 << 30, Load: 0.1, Go: "go1.26.8"}}
	for _, row := range rows(scale{seconds: 0.8, warmUp: 0.2}, []int{0, 1}, func(string) bool { return true }) {
		report := RowReport{Row: row}
		for range r.Rounds {
			report.Runs = append(report.Runs, sampleRun(t, row, random))
		}
		r.Rows = append(r.Rows, report)
	}
	for _, g := range goals {
		r.Outcomes = append(r.Outcomes, g.judge(r))
	}
	return r
}

// pace is how much slower than Hermod the sample's clients are.
var pace = map[string]float64{
	workload.Hermod: 1, workload.Raw: 0.11, workload.Bare: 0.8, workload.HermodKeep: 1.6,
	workload.Inline: 1.3, workload.InlineReuse: 0.7, workload.InlineWire: 1.25,
	workload.GobwasYield: 1.02, workload.GobwasMutex: 1.7,
	workload.NBIO: 1.4, workload.NBIODirect: 0.9,
	workload.GWS: 2.1, workload.Coder: 3.2, workload.Gorilla: 2.6, workload.PythonClient: 17,
	workload.HermodRun: 2.1, workload.Behind: 2, workload.Copied: 1.8, workload.PythonBehind: 25,
	workload.BehindKept: 60, workload.Store: 45,
}

func sampleRun(t testing.TB, row Row, random *rand.Rand) Run {
	slower := pace[row.Spec.Client] * (0.95 + 0.1*random.Float64())
	result := workload.Result{Client: row.Spec.Client, Scenario: row.Spec.Scenario, Metrics: map[string]float64{}}
	set := func(name string, value float64) { result.Metrics[name] = value }
	switch row.Spec.Scenario {
	case workload.Connect:
		set(workload.ConnectSeconds, 1.1*slower)
	case workload.Idle:
		set(workload.RSSPerRelay, 5300*math.Sqrt(slower))
	case workload.Hang:
		set(workload.OthersBefore, 1.2e6/slower)
		set(workload.OthersDuring, 1.18e6/slower)
	case workload.Silence:
		sampleLatency(t, &result, 50*slower, random)
	case workload.Outbound:
		sampleLatency(t, &result, slower*float64(row.Spec.InFlight), random)
		set(workload.FramesPerSecond, 400_000/slower)
		set(workload.WritesPerFrame, 0.05*slower)
	default:
		perByte := max(1, float64(row.Spec.Size)/1024)
		set(workload.FramesPerSecond, 1.4e6/slower/perByte)
		set(workload.CPUPerFrame, 1300*slower*(1+0.08*math.Log10(float64(row.Spec.Relays))))
		set(workload.AllocsPerFrame, 13+slower)
		if row.Spec.Scenario == workload.Spread {
			set(workload.Served, min(1, 1.5/slower))
		}
		set(workload.GCCycles, 40)
	}
	peer := workload.Result{Client: workload.PeerClient, Scenario: row.Spec.Scenario,
		Metrics: map[string]float64{workload.CPUSeconds: 0.2}}
	return Run{Client: result, Peer: peer}
}

// requests of a sample run.
const requests = 4_000

func sampleLatency(t testing.TB, result *workload.Result, slower float64, random *rand.Rand) {
	h := hdrhistogram.New(1, 10_000_000_000, 3)
	for range requests {
		if err := h.RecordValue(int64(2200 * slower * math.Exp(0.35*random.NormFloat64()))); err != nil {
			t.Fatal(err)
		}
	}
	text, err := h.Encode(hdrhistogram.V2CompressedEncodingCookieBase)
	if err != nil {
		t.Fatal(err)
	}
	result.Latency = string(text)
	for name, quantile := range map[string]float64{workload.P50: 50, workload.P90: 90, workload.P99: 99,
		workload.P999: 99.9} {
		result.Metrics[name] = float64(h.ValueAtQuantile(quantile))
	}
}
