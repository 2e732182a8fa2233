//go:build cluster

package main

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// devNodes are nodes that 'hermod run --cluster-dev' starts in one folder.
type devNodes struct {
	t      *testing.T
	folder string
	config string
}

func (d *devNodes) start(arguments ...string) *exec.Cmd {
	d.t.Helper()
	cmd := exec.Command(os.Args[0], append([]string{"run", "--cluster-dev=" + d.folder}, arguments...)...)
	cmd.Env = append(clearedEnvironment(), asHermod+"=1", "PATH="+os.Getenv("PATH"))
	log, err := os.Create(filepath.Join(d.t.TempDir(), "log"))
	must(d.t, err)
	cmd.Stderr = log
	stdout, err := cmd.StdoutPipe()
	must(d.t, err)
	must(d.t, cmd.Start())
	d.t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		_ = log.Close()
		if text, _ := os.ReadFile(log.Name()); d.t.Failed() {
			d.t.Logf("%s", text)
		}
	})
	var first struct{ Listening string }
	if err := json.NewDecoder(stdout).Decode(&first); err != nil {
		text, _ := os.ReadFile(log.Name())
		d.t.Fatalf("%v\n%s", err, text)
	}
	return cmd
}

// await waits until the cluster's status has a line for each node, with that many bots.
func (d *devNodes) await(bots ...int) {
	d.t.Helper()
	deadline := time.After(patience)
	for {
		cmd := exec.Command(os.Args[0], "cluster", "status", "--cluster-dev="+d.folder)
		cmd.Env = append(clearedEnvironment(), asHermod+"=1")
		out, _ := cmd.CombinedOutput()
		var shares []int
		for line := range strings.Lines(string(out)) {
			if fields := strings.Fields(line); strings.HasPrefix(line, "dev-") && len(fields) == 7 {
				var n int
				_, _ = fmt.Sscan(fields[3], &n)
				shares = append(shares, n)
			}
		}
		if fmt.Sprint(shares) == fmt.Sprint(bots) {
			return
		}
		select {
		case <-deadline:
			d.t.Fatalf("never shared as %v:\n%s", bots, out)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func TestAClusterForTryingItOutNeedsTwoCommandsAndOutlivesKills(t *testing.T) {
	t.Parallel()
	d := &devNodes{t: t, folder: filepath.Join(t.TempDir(), "dev"), config: filepath.Join(t.TempDir(), "hermod.yaml")}
	must(t, os.WriteFile(d.config, []byte(`http: {listen: "127.0.0.1:0"}
defaults: {url: "ws://127.0.0.1:1", identities: [{platform: discord}], deliver: {stream: {}}}
bots: [{name: a}, {name: b}, {name: c}, {name: d}]
`), 0o600))
	first := d.start("--config", d.config)
	d.await(4)
	second := d.start()
	d.await(2, 2)
	_ = first.Process.Kill() // it ran etcd
	_ = first.Wait()
	d.await(4)
	third := d.start()
	d.await(2, 2)
	addresses, err := os.ReadFile(filepath.Join(d.folder, "etcd.addresses"))
	must(t, err)
	for _, cmd := range []*exec.Cmd{second, third} {
		must(t, cmd.Process.Signal(syscall.SIGTERM))
		must(t, cmd.Wait())
	}
	if conn, err := net.Dial("tcp", strings.Fields(string(addresses))[0]); err == nil {
		_ = conn.Close()
		t.Error("etcd has outlived the nodes")
	}
}
