package workload_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/HdrHistogram/hdrhistogram-go"
	"go.uber.org/goleak"

	"hermod/bench/workload"
)

// TestMain makes the test program a worker, too, so that tests can start real processes.
func TestMain(m *testing.M) {
	if how := os.Getenv(fakeDaemon); how != "" && len(os.Args) > 1 && os.Args[1] == "run" {
		os.Exit(runFakeDaemon(how))
	}
	if os.Getenv(workload.Variable) != "" {
		os.Exit(workload.Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
	}
	goleak.VerifyTestMain(m)
}

var scenarios = []string{workload.Inbound, workload.InboundAcks, workload.Outbound, workload.Duplex, workload.Spread,
	workload.Connect, workload.Idle, workload.Hang}

// short is a Spec that takes no longer than it must.
func short(client, scenario string) workload.Spec {
	s := workload.Spec{Client: client, Scenario: scenario, Seconds: 0.03, WarmUp: 0.01, Rest: 0.03, Rate: 20_000,
		InFlight: 16}
	if slices.Contains([]string{workload.Spread, workload.Connect, workload.Idle, workload.Silence}, scenario) {
		s.Relays = 20
	}
	return s
}

// inProcess runs a client and its peer in this process.
func inProcess(t *testing.T, s workload.Spec) (client, peer workload.Result) {
	t.Helper()
	load, err := workload.StartPeer(s)
	if err != nil {
		t.Fatal(err)
	}
	s.URL, s.Roots = load.Address().URL, load.Address().Roots
	client = workload.Run(s, workload.Own())
	return client, load.Close()
}

func TestEveryClientWorksInItsScenarios(t *testing.T) {
	for name, kind := range workload.Own() {
		for _, scenario := range kind.Scenarios {
			t.Run(name+"/"+scenario, func(t *testing.T) {
				s := short(name, scenario)
				client, peer := inProcess(t, s)
				for scenario == workload.InboundAcks && peer.Metrics[workload.PeerAcked] == 0 && s.Seconds < 60 {
					s.Seconds *= 4 // the peer had no time to read one
					client, peer = inProcess(t, s)
				}
				checkSane(t, client, peer)
			})
		}
	}
}

func TestClientsWorkOverTLS(t *testing.T) {
	for _, s := range []workload.Spec{
		short(workload.Hermod, workload.Spread), short(workload.GobwasMutex, workload.Spread),
		short(workload.Raw, workload.Spread), short(workload.Hermod, workload.Idle), short(workload.Bare, workload.Idle),
	} {
		t.Run(s.Client+"/"+s.Scenario, func(t *testing.T) {
			s.TLS = true
			client, peer := inProcess(t, s)
			checkSane(t, client, peer)
			if got := peer.Metrics[workload.PeerConnections]; got != 20 {
				t.Errorf("%v connections, want 20", got)
			}
		})
	}
}

func TestOverTLSOnlyThePeersOwnCertificateIsTrusted(t *testing.T) {
	s := short(workload.Bare, workload.Connect)
	s.TLS = true
	trusted, err := workload.StartPeer(s)
	if err != nil {
		t.Fatal(err)
	}
	defer trusted.Close()
	other, err := workload.StartPeer(s)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	s.URL, s.Roots = other.Address().URL, trusted.Address().Roots
	if got := workload.Run(s, workload.Own()); !strings.Contains(got.Error, "certificate") {
		t.Errorf("a client that trusts another peer: error %q", got.Error)
	}
	s.Roots = "none"
	if got := workload.Run(s, workload.Own()); !strings.Contains(got.Error, "no certificate") {
		t.Errorf("a client with no certificate to trust: error %q", got.Error)
	}
}

// checkSane checks what must be true of every run.
func checkSane(t *testing.T, client, peer workload.Result) {
	t.Helper()
	if client.Error != "" || client.Absent != "" {
		t.Fatalf("run failed: %s%s", client.Error, client.Absent)
	}
	positive := map[string][]string{
		workload.Connect: {workload.ConnectSeconds},
		workload.Idle:    {workload.RSS, workload.RSSPerRelay},
		workload.Hang:    {workload.OthersBefore},
		workload.Silence: {workload.P50, workload.P99},
	}[client.Scenario]
	if positive == nil {
		positive = []string{workload.FramesPerSecond, workload.CPUPerFrame, workload.RSS}
	}
	for _, metric := range positive {
		if client.Metrics[metric] <= 0 {
			t.Errorf("%s = %v, want more than 0", metric, client.Metrics[metric])
		}
	}
	switch client.Scenario {
	case workload.Spread:
		if got, want := client.Metrics[workload.Served], client.Metrics[workload.FramesPerSecond]/20_000; got != want {
			t.Errorf("%v of the events were handled, want %v", got, want)
		}
	case workload.Outbound, workload.Duplex:
		if got, want := client.Metrics[workload.Requests], peer.Metrics[workload.PeerAnswered]; got != want {
			t.Errorf("%v requests were answered to the client, the peer answered %v", got, want)
		}
		if p50, p99 := client.Metrics[workload.P50], client.Metrics[workload.P99]; p50 <= 0 || p99 < p50 {
			t.Errorf("p50 is %v, p99 %v", p50, p99)
		}
	case workload.InboundAcks:
		acked, sent := peer.Metrics[workload.PeerAcked], peer.Metrics[workload.PeerSent]
		if acked <= 0 || acked > 2*sent+400 {
			t.Errorf("%v events were acknowledged of %v", acked, sent)
		}
	}
}

func TestTheStoreAloneKeepsEventsAndEnds(t *testing.T) {
	result := workload.Run(short(workload.Store, workload.InboundAcks), workload.Daemons())
	if result.Error != "" || result.Metrics[workload.FramesPerSecond] <= 0 {
		t.Errorf("run: %+v", result)
	}
}

func TestAClientBehindADaemonSaysThatThereIsNone(t *testing.T) {
	t.Setenv(workload.DaemonVariable, "")
	result := workload.Run(short(workload.Behind, workload.Inbound), workload.Daemons())
	if !strings.Contains(result.Error, workload.DaemonVariable) {
		t.Errorf("error %q", result.Error)
	}
}

func TestTheLatencyHistogramCanBeReadAgain(t *testing.T) {
	client, _ := inProcess(t, short(workload.GobwasYield, workload.Outbound))
	histogram, err := hdrhistogram.Decode([]byte(client.Latency))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := float64(histogram.ValueAtPercentile(50)), client.Metrics[workload.P50]; got != want {
		t.Errorf("the histogram's median is %v, the metric %v", got, want)
	}
}

func TestProcessesSpeakTheProtocol(t *testing.T) {
	for _, name := range []string{workload.Hermod, workload.GobwasYield} {
		t.Run(name, func(t *testing.T) {
			s := short(name, workload.Outbound)
			s.CPUs = ownCPU(t)
			client, peer, err := workload.Pair(s, s.CPUs, os.Stderr)
			if err != nil {
				t.Fatal(err)
			}
			checkSane(t, client, peer)
			if peer.Client != workload.PeerClient || peer.Metrics[workload.CPUSeconds] <= 0 {
				t.Errorf("the peer says %+v", peer)
			}
		})
	}
}

// A machine without the Python package is no failure; on one with it, everything must work.
func TestPythonWorksWhereItIsInstalled(t *testing.T) {
	for _, scenario := range scenarios {
		t.Run(scenario, func(t *testing.T) {
			t.Parallel()
			s := short(workload.PythonClient, scenario)
			client, peer, err := workload.Pair(s, nil, os.Stderr)
			if err != nil {
				t.Fatal(err)
			}
			if client.Absent != "" {
				if !strings.Contains(client.Absent, "/usr/bin/python3") {
					t.Errorf("absent because %q", client.Absent)
				}
				return
			}
			checkSane(t, client, peer)
		})
	}
}

func TestARunByHandPrintsBothResults(t *testing.T) {
	var out, log bytes.Buffer
	cpus := strings.Trim(fmt.Sprint(ownCPU(t)), "[]")
	args := []string{"one", "-client", "inline", "-seconds", "0.05", "-warm-up", "0.02", "-cpus", cpus, "-peer-cpus", cpus}
	if code := workload.Main(args, nil, &out, os.Stderr); code != 0 {
		t.Fatalf("exit code %d", code)
	}
	for _, want := range []string{"inline inbound\n", workload.FramesPerSecond, "peer inbound\n", workload.PeerSent} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not in\n%s", want, &out)
		}
	}
	if code := workload.Main([]string{"one", "-cpus", "x"}, nil, &out, &log); code != 2 {
		t.Errorf("exit code %d for a CPU that is no number, want 2", code)
	}
}

func TestWhatIsNoSpecIsSaid(t *testing.T) {
	cases := []struct{ name, input, want string }{
		{"nothing", ``, "no Spec on standard input: EOF"},
		{"not JSON", `hello`, "no Spec on standard input: invalid character"},
		{"wrong type", `{"Client":1}`, "no Spec on standard input: json: cannot unmarshal"},
		{"unknown field", `{"Clients":"raw"}`, `no Spec on standard input: json: unknown field "Clients"`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var out, log bytes.Buffer
			if code := workload.Main(nil, strings.NewReader(c.input), &out, &log); code == 0 {
				t.Error("exit code 0")
			}
			if !strings.Contains(log.String(), c.want) || out.Len() > 0 {
				t.Errorf("got %q and output %q, want %q and none", &log, &out, c.want)
			}
		})
	}
}

func TestAFailedRunIsAResult(t *testing.T) {
	cases := []struct {
		name string
		spec workload.Spec
		want string
	}{
		{"client", workload.Spec{Client: "netscape", Scenario: workload.Inbound}, `unknown client "netscape": this program has [bare `},
		{"scenario", workload.Spec{Client: workload.Raw, Scenario: "uphill"}, `unknown scenario "uphill" of client raw: it has [inbound spread]`},
		{"no peer", workload.Spec{Client: workload.Inline, Scenario: workload.Inbound, URL: "ws://127.0.0.1:1/relay"}, "connect 1 relays: "},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			input, err := json.Marshal(c.spec)
			if err != nil {
				t.Fatal(err)
			}
			var out, log bytes.Buffer
			if code := workload.Main(nil, bytes.NewReader(input), &out, &log); code != 0 {
				t.Fatalf("exit code %d: %s", code, &log)
			}
			var result workload.Result
			if err := json.Unmarshal(out.Bytes(), &result); err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(result.Error, c.want) {
				t.Errorf("error is %q, want %q in it", result.Error, c.want)
			}
		})
	}
}

func ExampleLines() {
	var lines workload.Lines
	for _, message := range []string{"one\ntw", "o\n\nthree\n"} {
		_ = lines.Each([]byte(message), func(line []byte) error {
			_, err := fmt.Printf("%s\n", line)
			return err
		})
	}
	// Output:
	// one
	// two
	// three
}
