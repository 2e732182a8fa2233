package workload_test

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"hermod/bench/workload"
)

// Variables of the test program as `hermod run`.
const (
	fakeDaemon       = "HERMOD_TEST_FAKE_DAEMON" // "serves", or what it says before it fails
	fakeDaemonConfig = fakeDaemon + "_CONFIG"    // where it copies its configuration
	fakeDaemonCalls  = fakeDaemon + "_CALLS"     // a socket that it keeps a connection to, if set
)

func runFakeDaemon(how string) int {
	file, err := os.ReadFile(os.Args[len(os.Args)-1])
	if err != nil || how != "serves" {
		fmt.Fprintln(os.Stderr, how, err)
		return 1
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 1
	}
	if os.WriteFile(os.Getenv(fakeDaemonConfig), file, 0o600) != nil {
		return 1
	}
	if socket := os.Getenv(fakeDaemonCalls); socket != "" {
		conn, err := net.Dial("unix", socket)
		if err != nil {
			return 1
		}
		defer conn.Close()
	}
	fmt.Printf("{\"listening\":%q}\n", listener.Addr())
	var asked atomic.Int64
	_ = http.Serve(listener, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/readyz" || asked.Add(1) < 3 {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}))
	return 1
}

func TestTheMemoryOfADaemonIsThatOfItsProcess(t *testing.T) {
	temp, written := t.TempDir(), filepath.Join(t.TempDir(), "config")
	t.Setenv("TMPDIR", temp)
	t.Setenv(workload.DaemonVariable, os.Args[0])
	t.Setenv(fakeDaemon, "serves")
	t.Setenv(fakeDaemonConfig, written)
	s := short(workload.HermodRun, workload.Idle)
	s.URL = "ws://127.0.0.1:1/relay"
	result := workload.Run(s, workload.Daemons())
	rss, each := result.Metrics[workload.RSS], result.Metrics[workload.RSSPerRelay]
	if result.Error != "" || rss < 1<<20 || each != rss/20 {
		t.Errorf("run: %+v", result)
	}
	config, err := os.ReadFile(written)
	if err != nil || strings.Count(string(config), "- {name: bot-") != 20 || !strings.Contains(string(config), s.URL) {
		t.Errorf("the daemon's configuration is %s (error %v)", config, err)
	}
	if left, err := os.ReadDir(temp); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, error %v", left, err)
	}
}

func TestADaemonThatDoesNotStartSaysWhy(t *testing.T) {
	t.Setenv(workload.DaemonVariable, os.Args[0])
	t.Setenv(fakeDaemon, "no such key")
	s := short(workload.HermodRun, workload.Idle)
	if got := workload.Run(s, workload.Daemons()); !strings.Contains(got.Error, "no such key") {
		t.Errorf("error %q", got.Error)
	}
	t.Setenv(workload.DaemonVariable, "")
	if got := workload.Run(s, workload.Daemons()); !strings.Contains(got.Error, workload.DaemonVariable) {
		t.Errorf("without a program: error %q", got.Error)
	}
}
