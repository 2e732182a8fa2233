//go:build interop

package interop

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	json "github.com/goccy/go-json"
)

// patience bounds each wait for another process.
const patience = time.Minute

// record is one JSON object that a process wrote on its standard output.
type record map[string]any

// at follows keys down nested objects; it is nil where one is missing.
func (r record) at(keys ...string) any {
	var value any = map[string]any(r)
	for _, key := range keys {
		object, _ := value.(map[string]any)
		value = object[key]
	}
	return value
}

// process is a running program that speaks JSON lines on its standard streams.
type process struct {
	t       *testing.T
	cmd     *exec.Cmd
	stdin   io.WriteCloser
	stderr  *notes
	records chan record   // closed at the end of its output
	exited  chan struct{} // closed once its exit status is known
}

// run starts a program and sees to its end when the test ends.
func run(t *testing.T, env []string, dir, name string, args ...string) *process {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir, cmd.Env, cmd.WaitDelay = dir, append(os.Environ(), env...), patience
	p := &process{
		t:       t,
		cmd:     cmd,
		stderr:  &notes{},
		records: make(chan record, 1024),
		exited:  make(chan struct{}),
	}
	cmd.Stderr = p.stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatalf("starting %s: %v", name, err)
	}
	p.stdin = stdin
	go p.read(stdout, cancel)
	t.Cleanup(p.end)
	return p
}

// read collects records until the output ends, then the exit status.
func (p *process) read(stdout io.Reader, cancel context.CancelFunc) {
	defer cancel()
	lines := bufio.NewScanner(stdout)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var r record
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			p.stderr.add("not a JSON object: " + lines.Text() + "\n")
			continue
		}
		p.records <- r
	}
	close(p.records)
	_ = p.cmd.Wait()
	close(p.exited)
}

// tell writes one command.
func (p *process) tell(command any) {
	p.t.Helper()
	line, err := json.Marshal(command)
	if err != nil {
		p.t.Fatal(err)
	}
	if _, err := p.stdin.Write(append(line, '\n')); err != nil {
		p.t.Fatalf("command %s: %v\n%s", line, err, p.stderr)
	}
}

// signal reaches the process itself, also one that is frozen.
func (p *process) signal(s os.Signal) {
	p.t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		p.t.Fatalf("signal %v: %v", s, err)
	}
}

// await returns the next record whose keys have these values, and skips
// others before it. Pairs are a key and its value.
func (p *process) await(pairs ...string) record {
	p.t.Helper()
	timeout := time.NewTimer(patience)
	defer timeout.Stop()
	var seen []record
	for {
		select {
		case r, ok := <-p.records:
			if !ok {
				p.t.Fatalf("no record %v before the end of output; seen %v\n%s", pairs, seen, p.stderr)
			}
			if r.matches(pairs) {
				return r
			}
			seen = append(seen, r)
		case <-timeout.C:
			p.t.Fatalf("no record %v within %v; seen %v\n%s", pairs, patience, seen, p.stderr)
		}
	}
}

func (r record) matches(pairs []string) bool {
	for i := 0; i < len(pairs); i += 2 {
		if r[pairs[i]] != pairs[i+1] {
			return false
		}
	}
	return true
}

// awaitFrame returns the next frame of a type that a peer reports.
func (p *process) awaitFrame(kind string) record {
	p.t.Helper()
	for {
		r := p.await("event", "frame")
		if r.at("frame", "type") == kind {
			return record(r["frame"].(map[string]any))
		}
	}
}

// finish closes the input and returns the exit code.
func (p *process) finish() int {
	p.t.Helper()
	p.stdin.Close()
	return p.exitCode()
}

// exitCode waits for the program to end and returns its exit code.
func (p *process) exitCode() int {
	p.t.Helper()
	go func() {
		for range p.records {
		}
	}()
	select {
	case <-p.exited:
	case <-time.After(patience):
		p.t.Fatalf("still running after %v\n%s", patience, p.stderr)
	}
	return p.cmd.ProcessState.ExitCode()
}

// end closes the input, and kills a program that does not end by itself.
func (p *process) end() {
	p.stdin.Close()
	kill := time.AfterFunc(patience, func() { _ = p.cmd.Process.Kill() })
	defer kill.Stop()
	for range p.records {
	}
	<-p.exited
	if p.t.Failed() {
		p.t.Logf("%s wrote to stderr:\n%s", filepath.Base(p.cmd.Path), p.stderr)
	}
}

// notes collects what a program writes to its standard error.
type notes struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (n *notes) Write(b []byte) (int, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.buf.Write(b)
}

func (n *notes) add(s string) { _, _ = n.Write([]byte(s)) }

func (n *notes) String() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.buf.String()
}
