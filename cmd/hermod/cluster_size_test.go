//go:build cluster

package main

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// sizesOfTests is how many bots clusters are measured with; HERMOD_CLUSTER_SIZES says otherwise, with blanks between.
func sizesOfTests(t *testing.T) (sizes []int) {
	for field := range strings.FieldsSeq(os.Getenv("HERMOD_CLUSTER_SIZES")) {
		n, err := strconv.Atoi(field)
		must(t, err)
		sizes = append(sizes, n)
	}
	if len(sizes) == 0 {
		return []int{300}
	}
	return sizes
}

// TestSizes measures what clusters of three nodes cost, with one real etcd and real processes, and prints a table. It
// is no part of `make cluster-test`; `make cluster-size` runs it.
func TestSizes(t *testing.T) {
	for _, bots := range sizesOfTests(t) {
		t.Run(fmt.Sprint(bots), func(t *testing.T) { measureSize(t, bots) })
	}
}

// atRest is how long a cluster is watched in which nothing happens.
const atRest = 20 * time.Second

// leaseOfSizes is the default: a machine that is busy with ten thousand bots needs it.
const leaseOfSizes = 10 * time.Second

// setLease changes a node's file before it starts.
func (n *nodeProcess) setLease(lease time.Duration) {
	text, err := os.ReadFile(n.file("cluster.yaml"))
	must(n.world.t, err)
	text = bytes.Replace(text, fmt.Appendf(nil, "lease: %v", n.world.lease), fmt.Appendf(nil, "lease: %v", lease), 1)
	must(n.world.t, os.WriteFile(n.file("cluster.yaml"), text, 0o600))
}

// sizing is a cluster that is measured.
type sizing struct {
	*clusterWorld
	table strings.Builder
	etcd  *http.Client
}

func measureSize(t *testing.T, bots int) {
	s := &sizing{clusterWorld: newClusterWorld(t, 3, bots)}
	s.etcd = s.metricsOfEtcd()
	for _, n := range s.nodes {
		n.setLease(leaseOfSizes)
	}
	fmt.Fprintf(&s.table, "\n%d bots, three nodes, a lease of %v\n%-34s %7s %8s %7s %7s %8s %8s %9s %9s %8s\n", bots, leaseOfSizes, "", "s",
		"sessions", "puts/s", "prop/s", "events", "sent MB", "etcd cpu", "node cpu", "node MB")
	s.play("three nodes start at once", func() {
		var all sync.WaitGroup
		for _, n := range s.nodes {
			all.Go(n.start)
		}
		all.Wait()
		s.patiently("every bot has a session", func() bool { return s.platform.live() == bots })
	})
	s.play("nothing happens", func() { <-time.After(atRest) })
	s.play("kill -9, until every bot is back", func() {
		s.nodes[0].kill()
		s.patiently("the dead node's sessions have ended", func() bool { return s.platform.live() < bots })
		s.patiently("every bot is back", func() bool { return s.platform.live() == bots })
	})
	s.play("it joins, until it has its share", func() {
		s.nodes[0].start()
		s.patiently("shares are equal", func() bool {
			<-time.After(time.Second) // each look reads everything
			shares, _ := s.shares()
			return shares["n0"] >= bots/3-1
		})
		s.patiently("every bot is back", func() bool { return s.platform.live() == bots })
	})
	s.play("nothing happens", func() { <-time.After(atRest) })
	m := s.metrics()
	fmt.Fprintf(&s.table, "etcd: %.0f keys, database %.1f MB, %.1f MB in use, memory %.0f MB; leases renewed %.1f a second\n",
		m["etcd_debugging_mvcc_keys_total"], m["etcd_mvcc_db_total_size_in_bytes"]/1e6,
		m["etcd_mvcc_db_total_size_in_use_in_bytes"]/1e6, m["process_resident_memory_bytes"]/1e6, 3/(leaseOfSizes.Seconds()/10))
	fmt.Fprintf(&s.table, "bots with two live sessions: %d\n", len(s.platform.twice()))
	t.Log(s.table.String())
}

// patiently waits for what takes long with many bots.
func (s *sizing) patiently(what string, is func() bool) {
	deadline := time.After(10 * time.Minute)
	for !is() {
		select {
		case <-deadline:
			s.t.Fatalf("never: %s; %d of %d bots have a session\n%s", what, s.platform.live(), len(s.bots), s.table.String())
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// play does something and writes down what it cost.
func (s *sizing) play(name string, do func()) {
	before, starts, nodes, begun := s.metrics(), s.platform.starts(), s.nodesCPU(), time.Now()
	do()
	took := time.Since(begun).Seconds()
	after := s.metrics()
	grew := func(metric string) float64 { return after[metric] - before[metric] }
	fmt.Fprintf(&s.table, "%-34s %7.1f %8d %7.1f %7.1f %8.0f %8.1f %8.1f%% %8.1f%% %8.0f\n", name, took,
		s.platform.starts()-starts, grew("etcd_mvcc_put_total")/took, grew("etcd_server_proposals_committed_total")/took,
		grew("etcd_debugging_mvcc_events_total"), grew("etcd_network_client_grpc_sent_bytes_total")/1e6,
		100*grew("process_cpu_seconds_total")/took, 100*max(0, s.nodesCPU()-nodes)/took, s.nodesMemory())
}

// nodesCPU is the processor time of the nodes that run, in seconds; nodesMemory is theirs in megabytes.
func (s *sizing) nodesCPU() (seconds float64) {
	for _, n := range s.running() {
		stat, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", n.cmd.Process.Pid))
		if _, behind, found := strings.Cut(string(stat), ") "); found {
			fields := strings.Fields(behind)
			user, _ := strconv.ParseFloat(fields[11], 64)
			system, _ := strconv.ParseFloat(fields[12], 64)
			seconds += (user + system) / 100
		}
	}
	return seconds
}

func (s *sizing) nodesMemory() (megabytes float64) {
	for _, n := range s.running() {
		status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", n.cmd.Process.Pid))
		if _, behind, found := strings.Cut(string(status), "VmRSS:"); found {
			kilobytes, _ := strconv.ParseFloat(strings.Fields(behind)[0], 64)
			megabytes += kilobytes / 1024
		}
	}
	return megabytes
}

func (s *sizing) running() (nodes []*nodeProcess) {
	for _, n := range s.nodes {
		if n.url.Load() != nil {
			nodes = append(nodes, n)
		}
	}
	return nodes
}

// metricsOfEtcd is a client that etcd lets in.
func (s *sizing) metricsOfEtcd() *http.Client {
	files := s.clusterWorld.etcd.Client
	pair, err := tls.LoadX509KeyPair(files.Cert, files.Key)
	must(s.t, err)
	return &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{Certificates: []tls.Certificate{pair},
		InsecureSkipVerify: true}}} // etcd's own process, started here
}

// metrics are what etcd tells of itself, each added up over its labels.
func (s *sizing) metrics() map[string]float64 {
	answer, err := s.etcd.Get("https://" + s.clusterWorld.etcd.Endpoint + "/metrics")
	must(s.t, err)
	defer func() { _ = answer.Body.Close() }()
	found := make(map[string]float64)
	for lines := bufio.NewScanner(answer.Body); lines.Scan(); {
		name, value, ok := strings.Cut(lines.Text(), " ")
		if figure, err := strconv.ParseFloat(value, 64); ok && err == nil {
			name, _, _ = strings.Cut(name, "{")
			found[name] += figure
		}
	}
	return found
}
