package workload

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
)

// ErrSpec marks standard input that is not a Spec.
var ErrSpec = errors.New("no Spec on standard input")

// Main is the program of the peer and of the clients of this package and Python's.
func Main(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	clients := Own()
	maps.Copy(clients, Daemons())
	return Serve(clients, args, stdin, stdout, stderr)
}

// Serve is the program of a worker: it reads a Spec, runs it with one of the clients, or as the peer, and prints the
// Result. It returns the exit code, which is 0 even if a run failed; the Result says so.
//
// If args begins with "one", it is a manual run instead: it takes a Spec's fields as flags, starts the peer and the
// client as processes of the same program, and prints what they measured. If args is "copy" and a host, it is a process
// that copies a connection to that host.
func Serve(clients Clients, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	var err error
	switch {
	case len(args) > 0 && args[0] == "one":
		return one(args[1:], stdout, stderr)
	case len(args) == 2 && args[0] == copying:
		err = copyTo(args[1], stdout)
	default:
		err = serve(clients, stdin, stdout)
	}
	if err != nil {
		_, _ = fmt.Fprintln(stderr, "benchmark worker:", err)
		return 1
	}
	return 0
}

func serve(clients Clients, stdin io.Reader, stdout io.Writer) error {
	var s Spec
	input := json.NewDecoder(stdin)
	input.DisallowUnknownFields()
	if err := input.Decode(&s); err != nil {
		return fmt.Errorf("%w: %w", ErrSpec, err)
	}
	switch s.Client {
	case PythonClient:
		return runPython(s, stdout)
	case PythonBehind:
		return runPythonBehind(s, stdout)
	}
	if err := pin(s.CPUs); err != nil {
		return err
	}
	output := json.NewEncoder(stdout)
	if s.Client != PeerClient {
		return output.Encode(Run(s, clients))
	}
	peer, err := StartPeer(s)
	if err != nil {
		return err
	}
	if err := output.Encode(peer.Address()); err != nil {
		return err
	}
	_, _ = io.Copy(io.Discard, stdin)
	return output.Encode(peer.Close())
}
