package workload_test

import (
	"encoding/json"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"hermod/bench/workload"
)

// A worker that is interrupted must not leave a daemon with thousands of bots behind.
func TestADaemonEndsWithItsWorkerEvenIfThatIsKilled(t *testing.T) {
	s := short(workload.HermodRun, workload.Idle)
	s.Rest = 60
	spec, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	socket := filepath.Join(t.TempDir(), "socket")
	listener, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	worker := exec.Command(os.Args[0])
	worker.Env = append(os.Environ(), workload.Variable+"=1", workload.DaemonVariable+"="+os.Args[0],
		"TMPDIR="+t.TempDir(), fakeDaemon+"=serves", fakeDaemonConfig+"="+os.DevNull, fakeDaemonCalls+"="+socket)
	stdin, err := worker.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := worker.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := stdin.Write(spec); err != nil {
		t.Fatal(err)
	}
	daemon, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer daemon.Close()
	if err := worker.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = worker.Wait()
	_ = daemon.SetReadDeadline(time.Now().Add(30 * time.Second))
	if _, err := daemon.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("the daemon still runs: %v", err)
	}
}
