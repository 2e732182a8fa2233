package main

import (
	"bytes"
	"context"
	"os"
	"slices"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"hermod/bench/workload"
)

// nbio starts goroutines when it is imported.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m, goleak.IgnoreCurrent()) }

func TestEveryClientWorksInEveryScenario(t *testing.T) {
	for name, kind := range clients() {
		for _, scenario := range kind.Scenarios {
			t.Run(name+"/"+scenario, func(t *testing.T) {
				s := workload.Spec{Client: name, Scenario: scenario, Seconds: 0.06, WarmUp: 0.03, Rest: 0.03,
					Rate: 20_000, InFlight: 16, Batch: 2}
				if slices.Contains([]string{workload.Spread, workload.Idle, workload.Connect, workload.Silence}, scenario) {
					s.Relays = 20
				}
				client, peer := run(t, s)
				checkSane(t, client, peer)
			})
		}
	}
}

func run(t *testing.T, s workload.Spec) (client, peer workload.Result) {
	t.Helper()
	load, err := workload.StartPeer(s)
	if err != nil {
		t.Fatal(err)
	}
	s.URL = load.Address().URL
	client = workload.Run(s, clients())
	return client, load.Close()
}

func checkSane(t *testing.T, client, peer workload.Result) {
	t.Helper()
	if client.Error != "" {
		t.Fatalf("run failed: %s", client.Error)
	}
	metric := map[string]string{workload.Connect: workload.ConnectSeconds, workload.Idle: workload.RSSPerRelay,
		workload.Hang: workload.OthersBefore, workload.Silence: workload.P99}[client.Scenario]
	if metric == "" {
		metric = workload.FramesPerSecond
	}
	if client.Metrics[metric] <= 0 {
		t.Errorf("%s = %v, want more than 0", metric, client.Metrics[metric])
	}
	if got, want := client.Metrics[workload.Requests], peer.Metrics[workload.PeerAnswered]; got != want {
		t.Errorf("%v requests were answered to the client, the peer answered %v", got, want)
	}
	if client.Scenario == workload.InboundAcks && peer.Metrics[workload.PeerAcked] <= 0 {
		t.Error("no event was acknowledged")
	}
}

// A request that the peer will not answer ends with its context or with the connection.
func TestRequestsEndWithTheirContextAndTheirConnection(t *testing.T) {
	for name, kind := range clients() {
		t.Run(name, func(t *testing.T) {
			peer, err := workload.StartPeer(workload.Spec{Scenario: workload.InboundAcks}) // it answers no requests
			if err != nil {
				t.Fatal(err)
			}
			dial, closeAll, err := kind.Open()
			if err != nil {
				t.Fatal(err)
			}
			defer closeAll()
			client, err := dial(context.Background(), workload.Target{URL: peer.Address().URL}, new(workload.Handler))
			if err != nil {
				t.Fatal(err)
			}
			cancelled, cancel := context.WithCancel(context.Background())
			cancel()
			if client.Send(cancelled, "chat-00", "x") == nil {
				t.Error("a cancelled request ended without an error")
			}
			lost := make(chan error)
			go func() { lost <- client.Send(context.Background(), "chat-00", "x") }()
			peer.Close()
			if <-lost == nil {
				t.Error("a request without an answer ended without an error")
			}
			client.Close()
		})
	}
}

func TestTheWorkerSaysWhichClientsItHas(t *testing.T) {
	var out bytes.Buffer
	spec := strings.NewReader(`{"Client":"netscape","Scenario":"inbound"}`)
	if code := workload.Serve(clients(), nil, spec, &out, os.Stderr); code != 0 {
		t.Fatalf("exit code %d", code)
	}
	if want := `unknown client \"netscape\": this program has [coder gorilla gws nbio nbio-direct]`; !strings.Contains(out.String(), want) {
		t.Errorf("got %s, want %s in it", &out, want)
	}
}
