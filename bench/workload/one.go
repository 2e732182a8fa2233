package workload

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
)

// Variable is the environment variable that makes a benchmark program call Main.
const Variable = "HERMOD_BENCH_WORKER"

// one runs one Spec in two processes of this program, and prints the metrics.
func one(args []string, stdout, stderr io.Writer) int {
	s, peerCPUs, err := parseOne(args, stderr)
	if err != nil {
		return 2
	}
	client, peer, err := Pair(s, peerCPUs, stderr)
	if err != nil {
		_, _ = fmt.Fprintln(stderr, "benchmark worker:", err)
		return 1
	}
	printResult(stdout, client)
	printResult(stdout, peer)
	if client.Error != "" || client.Absent != "" {
		return 1
	}
	return 0
}

func parseOne(args []string, stderr io.Writer) (s Spec, peerCPUs []int, err error) {
	flags := flag.NewFlagSet("one", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&s.Client, "client", Hermod, "the client")
	flags.StringVar(&s.Scenario, "scenario", Inbound, "the scenario")
	flags.IntVar(&s.Size, "size", 420, "`bytes` of an inbound frame")
	flags.IntVar(&s.Batch, "batch", 1, "inbound `frames` a message")
	flags.Float64Var(&s.Rate, "rate", 0, "inbound `frames` a second in all, for duplex and spread")
	flags.IntVar(&s.InFlight, "in-flight", 64, "`requests` in flight")
	flags.IntVar(&s.Relays, "relays", 1, "`connections`")
	flags.Float64Var(&s.Seconds, "seconds", 2, "measured `time`")
	flags.Float64Var(&s.WarmUp, "warm-up", 0.5, "`time` before it")
	flags.Float64Var(&s.Rest, "rest", 0, "`seconds` of rest, for idle and silence")
	flags.BoolVar(&s.TLS, "tls", false, "connect over TLS")
	flags.IntVar(&s.Busy, "busy", 0, "`goroutines` that burn CPU beside the load")
	cpus := func(list *[]int) func(string) error {
		return func(text string) error {
			for _, word := range strings.Split(text, ",") {
				cpu, err := strconv.Atoi(word)
				if err != nil {
					return err
				}
				*list = append(*list, cpu)
			}
			return nil
		}
	}
	flags.Func("cpus", "the client's `CPUs`, as 0,1", cpus(&s.CPUs))
	flags.Func("peer-cpus", "the peer's `CPUs`", cpus(&peerCPUs))
	return s, peerCPUs, flags.Parse(args)
}

// Pair runs a Spec with a peer, each in a process of this program. Both write to stderr, at the same time.
func Pair(s Spec, peerCPUs []int, stderr io.Writer) (client, peer Result, err error) {
	load := s
	load.Client, load.CPUs = PeerClient, peerCPUs
	process, err := startWorker(load, stderr)
	if err != nil {
		return client, peer, err
	}
	defer process.end()
	var address Address
	if err := process.output.Decode(&address); err != nil {
		return client, peer, fmt.Errorf("start the peer: %w", err)
	}
	s.URL, s.Roots = address.URL, address.Roots
	worker, err := startWorker(s, stderr)
	if err != nil {
		return client, peer, err
	}
	defer worker.end()
	if err := worker.output.Decode(&client); err != nil {
		return client, peer, fmt.Errorf("run client %s: %w", s.Client, err)
	}
	_ = process.input.Close()
	if err := process.output.Decode(&peer); err != nil {
		return client, peer, fmt.Errorf("end the peer: %w", err)
	}
	return client, peer, nil
}

// worker is a process of this program.
type worker struct {
	command *exec.Cmd
	input   io.WriteCloser
	output  *json.Decoder
}

func startWorker(s Spec, stderr io.Writer) (*worker, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	line, err := json.Marshal(s)
	if err != nil {
		return nil, err
	}
	command := exec.Command(program)
	command.Env = append(os.Environ(), Variable+"=1")
	command.Stderr = stderr
	input, err := command.StdinPipe()
	if err != nil {
		return nil, err
	}
	output, err := command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := command.Start(); err != nil {
		return nil, fmt.Errorf("start a worker: %w", err)
	}
	w := &worker{command, input, json.NewDecoder(output)}
	if _, err := io.Copy(input, bytes.NewReader(append(line, '\n'))); err != nil {
		w.end()
		return nil, fmt.Errorf("start a worker: %w", err)
	}
	return w, nil
}

// end waits for the process, which ends with its input.
func (w *worker) end() {
	_ = w.input.Close()
	_ = w.command.Wait()
}

func printResult(out io.Writer, r Result) {
	_, _ = fmt.Fprintf(out, "%s %s\n", r.Client, r.Scenario)
	for _, name := range slices.Sorted(maps.Keys(r.Metrics)) {
		_, _ = fmt.Fprintf(out, "  %-20s %15.2f\n", name, r.Metrics[name])
	}
	for _, problem := range []string{r.Error, r.Absent} {
		if problem != "" {
			_, _ = fmt.Fprintf(out, "  %s\n", problem)
		}
	}
}
