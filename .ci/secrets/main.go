// Command secrets runs tests and searches all that they and the processes that they start show for the secrets and
// tokens that are in use meanwhile:
//
//	go run ./.ci/secrets ./...
//
// The arguments are those of go test. It builds the tests with an overlay: places of the standard library where
// something is shown write that down as well, before a level or a handler drops it. So it sees every line of every log,
// also below debug; the errors that fmt makes; answers of HTTP servers with their headers, so metrics, status and pages
// as well; standard output and error, and so what a panic prints; command lines and environments; names of files.
// Places where a secret comes into use say which ones there are: wire.Secret.Reveal, keys of HMACs, passwords of etcd.
// Tokens of the protocol are known by their form, whoever made them.
//
// It exits with 1 if a test fails or a secret is found, and prints where the code showed it.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "secrets:", err)
		os.Exit(1)
	}
}

// run tests and searches. The recording is removed after a search that found nothing.
func run(arguments []string, out io.Writer) error {
	goroot, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return fmt.Errorf("ask go for its folder: %w", err)
	}
	folder, err := filepath.Abs("bin/secrets")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	recording := filepath.Join(folder, "recording")
	if err := os.RemoveAll(recording); err != nil {
		return err
	}
	list, err := overlay(folder, strings.TrimSpace(string(goroot)), recording)
	if err != nil {
		return err
	}
	failure := test(list, recording, arguments, out)
	found, err := search(recording, out)
	switch {
	case err != nil:
		return errors.Join(failure, err)
	case found > 0:
		return errors.Join(failure, fmt.Errorf("%d places show a secret; %s has all that was shown", found, recording))
	}
	return errors.Join(failure, os.Remove(recording))
}

// test runs the tests; builds that they do themselves have the overlay too. What go test prints is recorded as well.
func test(list, recording string, arguments []string, out io.Writer) error {
	record, err := os.OpenFile(recording, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { _ = record.Close() }()
	var output strings.Builder
	command := exec.Command("go", append([]string{"test", "-count=1", "-vet=off"}, arguments...)...)
	command.Env = append(os.Environ(), "GOFLAGS="+os.Getenv("GOFLAGS")+" -overlay="+list)
	command.Stdout = io.MultiWriter(out, &output)
	command.Stderr = command.Stdout
	failure := command.Run()
	_, err = fmt.Fprintf(record, "go test\x1f\x1f%s\x00", output.String())
	return errors.Join(failure, err)
}
