package suite

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"hermod/bench/workload"
)

// behaviour says what a worker of the tests does wrong, as "client:what"; a client of "*" is every one.
const behaviour = "HERMOD_TEST_BEHAVIOUR"

const (
	asProgram = "HERMOD_TEST_AS_PROGRAM" // makes the test binary the benchmark program
	pidFolder = "HERMOD_TEST_PIDS"       // where workers leave a file CLIENT.PID
	hangs     = "hangs"                  // CLIENT of the file that a worker leaves as it begins to hang
)

// TestMain makes the test binary a worker: a process of its own that speaks the protocol and answers with known
// figures.
func TestMain(m *testing.M) {
	switch {
	case os.Getenv(workerVariable) != "":
		os.Exit(testWorker())
	case os.Getenv(asProgram) != "":
		cmd := NewCommand()
		cmd.SilenceUsage = true
		if cmd.Execute() != nil {
			os.Exit(1)
		}
		os.Exit(0)
	}
	goleak.VerifyTestMain(m)
}

func testWorker() int {
	in := bufio.NewReader(os.Stdin)
	var spec workload.Spec
	if err := json.NewDecoder(in).Decode(&spec); err != nil {
		fmt.Fprintln(os.Stderr, "no spec:", err)
		return 1
	}
	leavePid(spec.Client)
	r := workload.Result{Client: spec.Client, Scenario: spec.Scenario, Metrics: knownFigures(spec)}
	if who, what, _ := strings.Cut(os.Getenv(behaviour), ":"); who == spec.Client || who == "*" {
		if code, over := misbehave(what, &r); over {
			return code
		}
	}
	if spec.Client == workload.PeerClient {
		fmt.Println(`{"url":"ws://127.0.0.1:1/relay"}`)
		_, _ = io.Copy(io.Discard, in)
	}
	_ = json.NewEncoder(os.Stdout).Encode(r)
	return 0
}

// leavePid tells the test of this process.
func leavePid(client string) {
	if folder := os.Getenv(pidFolder); folder != "" {
		_ = os.WriteFile(filepath.Join(folder, fmt.Sprintf("%s.%d", client, os.Getpid())), nil, 0o644)
	}
}

// knownFigures has every metric, so that every row and goal has what it needs.
func knownFigures(spec workload.Spec) map[string]float64 {
	if spec.Client == workload.PeerClient {
		return map[string]float64{workload.CPUSeconds: 0.5}
	}
	known := make(map[string]float64)
	for _, m := range metrics {
		known[m.name] = 1000 * pace[spec.Client]
	}
	return known
}

func misbehave(what string, r *workload.Result) (code int, over bool) {
	switch what {
	case "crash":
		fmt.Fprintln(os.Stderr, "panic: out of ideas")
		return 2, true
	case "garbage":
		fmt.Println("Listening on port 1!")
		<-time.After(time.Hour)
	case "silent":
		return 0, true
	case "hang":
		leavePid(hangs)
		<-time.After(time.Hour)
	case "chatty":
		fmt.Println(`{}`)
		for range 100 {
			fmt.Println(`{"Client":"hermod"}`)
		}
	case "endless":
		line := strings.Repeat("x", 1<<20)
		for {
			if _, err := fmt.Print(line); err != nil {
				return 1, true
			}
		}
	case "meet":
		return meet(r)
	case "shaky":
		started, _ := filepath.Glob(filepath.Join(os.Getenv(pidFolder), r.Client+".*"))
		r.Metrics[workload.RSSPerRelay] *= 1 + 0.1*float64(len(started)%2)
	case "fail":
		r.Error = "the peer hung up"
	case "crash-after":
		_ = json.NewEncoder(os.Stdout).Encode(r)
		return 3, true
	case "other":
		r.Scenario = "idle"
	case "empty":
		r.Metrics = nil
	case "absent":
		*r = workload.Result{Client: r.Client, Scenario: r.Scenario, Absent: "no websockets here"}
	}
	return 0, false
}

// meet waits until the workers of all clients of Silence have started.
func meet(r *workload.Result) (code int, over bool) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for _, other := range []string{workload.Hermod, workload.GobwasMutex, workload.NBIO} {
		if r.Scenario == workload.Silence && r.Client != workload.PeerClient && !awaitPid(ctx, os.Getenv(pidFolder), other) {
			return 4, true
		}
	}
	return 0, false
}

// waitForPid waits until a worker for a client has started.
func waitForPid(t *testing.T, folder, client string) {
	t.Helper()
	if !awaitPid(t.Context(), folder, client) {
		t.Fatal("no worker for", client)
	}
}

// awaitPid waits until a worker has left its file, or ctx ends.
func awaitPid(ctx context.Context, folder, client string) bool {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		if found, _ := filepath.Glob(filepath.Join(folder, client+".*")); len(found) > 0 {
			return true
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return false
		}
	}
}
