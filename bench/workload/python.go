package workload

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"time"

	"hermod/bench/python"
	"hermod/wire"
)

// interpreter is Debian's, whose packages include websockets; another one on the PATH may lack it.
const interpreter = "/usr/bin/python3"

// runPythonBehind is runPython with `hermod run`, which keeps nothing, between the client and the peer.
func runPythonBehind(s Spec, stdout io.Writer) error {
	d, err := startDaemon(context.Background(), behindConfig(s.URL, false))
	if err != nil {
		return json.NewEncoder(stdout).Encode(Result{Client: s.Client, Scenario: s.Scenario, Error: err.Error()})
	}
	defer d.end()
	s.URL = "ws://" + d.Gateways + "/relay"
	s.Token = wire.MintToken(behindGateway, behindSecret, wire.TokenTTL, time.Now())
	return runPython(s, stdout)
}

// runPython runs the Python client with s, and returns its Result. A machine without Python is not a failure.
func runPython(s Spec, stdout io.Writer) error {
	output := json.NewEncoder(stdout)
	absent := func(why string) error {
		return output.Encode(Result{Client: s.Client, Scenario: s.Scenario, Absent: why})
	}
	if _, err := exec.LookPath(interpreter); err != nil {
		return absent(interpreter + " is not there")
	}
	if exec.Command(interpreter, "-c", "import websockets").Run() != nil {
		return absent(interpreter + " has no package websockets (apt-get install python3-websockets)")
	}
	spec, err := json.Marshal(s.withDefaults())
	if err != nil {
		return err
	}
	command := exec.Command(interpreter, "-c", python.Program)
	command.Stdin = bytes.NewReader(spec)
	command.Stdout, command.Stderr = stdout, os.Stderr
	if err := command.Run(); err != nil {
		return output.Encode(Result{Client: s.Client, Scenario: s.Scenario, Error: fmt.Sprintf("python client: %v", err)})
	}
	return nil
}
