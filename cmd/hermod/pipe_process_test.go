package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"hermod/cmd/hermod/internal/cli"
	"hermod/cmd/hermod/internal/pipe"
	"hermod/wire"
	"hermod/wire/wiretest"
)

// pipeProcess is 'hermod pipe' running on its own.
type pipeProcess struct {
	t      *testing.T
	cmd    *exec.Cmd
	stdin  io.WriteCloser
	stdout io.ReadCloser
	lines  *bufio.Reader
	stderr bytes.Buffer
}

func startPipeProcess(t *testing.T, url string, args ...string) *pipeProcess {
	t.Helper()
	clearEnvironment(t)
	ctx, cancel := context.WithTimeout(context.Background(), 2*patience)
	p := &pipeProcess{t: t, cmd: exec.CommandContext(ctx, os.Args[0], append([]string{"pipe"}, args...)...)}
	p.cmd.Env = append(os.Environ(), asHermod+"=1", "GATEWAY_RELAY_URL="+url, "GATEWAY_RELAY_PLATFORM=discord")
	p.cmd.Stderr = &p.stderr
	var err error
	p.stdin, err = p.cmd.StdinPipe()
	must(t, err)
	p.stdout, err = p.cmd.StdoutPipe()
	must(t, err)
	p.lines = bufio.NewReader(p.stdout)
	must(t, p.cmd.Start())
	t.Cleanup(func() {
		cancel()
		_ = p.cmd.Wait()
	})
	return p
}

// await reads on to a record that holds the text.
func (p *pipeProcess) await(text string) {
	p.t.Helper()
	for {
		line, err := p.lines.ReadString('\n')
		if err != nil {
			p.t.Fatalf("no record with %s: %v\n%s", text, err, &p.stderr)
		}
		if strings.Contains(line, text) {
			return
		}
	}
}

func (p *pipeProcess) wantExit(code int) {
	p.t.Helper()
	_, _ = io.Copy(io.Discard, p.lines)
	_ = p.cmd.Wait()
	if got := p.cmd.ProcessState.ExitCode(); got != code {
		p.t.Errorf("exit code %d (%v), want %d\n%s", got, p.cmd.ProcessState, code, &p.stderr)
	}
}

func TestPipeProcessEndsInOrderAtASignal(t *testing.T) {
	for _, signal := range []os.Signal{syscall.SIGTERM, os.Interrupt} {
		srv := wiretest.Listen(t)
		p := startPipeProcess(t, srv.URL())
		c := srv.Accept()
		c.Handshake()
		p.await(`"descriptor"`)
		must(t, p.cmd.Process.Signal(signal))
		if closed := c.AwaitEnd(); closed == nil || closed.Code != wire.CloseNormal {
			t.Errorf("%v: closed with %v", signal, closed)
		}
		p.await(`"state":"closed"`)
		p.wantExit(0)
	}
}

func TestPipeProcessEndsAtOnceAtASecondSignal(t *testing.T) {
	srv := wiretest.Listen(t)
	p := startPipeProcess(t, srv.URL())
	c := srv.Accept()
	c.Handshake()
	p.await(`"descriptor"`)
	_, err := io.WriteString(p.stdin, `{"id":1,"do":"send","action":{"op":"send"}}`+"\n"+`{"id":2,"do":"wake"}`+"\n")
	must(t, err)
	p.await(`"id":2`)
	c.Expect(wire.KindOutbound)
	must(t, p.cmd.Process.Signal(syscall.SIGTERM))
	must(t, p.cmd.Process.Signal(os.Interrupt))
	p.wantExit(exitInterrupted)
}

func TestPipeProcessOutlivesTheReaderOfItsOutput(t *testing.T) {
	srv := wiretest.Listen(t)
	p := startPipeProcess(t, srv.URL())
	c := srv.Accept()
	c.Handshake()
	p.await(`"descriptor"`)
	must(t, p.stdout.Close())
	must(t, c.SendInbound(wiretest.Event("discord", "c1", "m1", "hi"), "1"))
	if closed := c.AwaitEnd(); closed == nil || closed.Code != wire.CloseNormal {
		t.Errorf("closed with %v", closed)
	}
	p.wantExit(cli.ExitFailure)
	if !strings.Contains(p.stderr.String(), "writing standard output") {
		t.Errorf("wrote %s", &p.stderr)
	}
	for _, line := range c.Received() {
		if strings.Contains(string(line), "inbound_ack") {
			t.Error("acknowledged what nobody read")
		}
	}
}

func TestPipeProcessTellsByItsExitCodeHowTheRelayEnded(t *testing.T) {
	tests := []struct {
		name, args string
		code, exit int
	}{
		{"revoked", "", wire.CloseUnauthorized, pipe.ExitDisabled},
		{"link ended", "--no-reconnect", wire.CloseRestart, pipe.ExitLinkEnded},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			srv := wiretest.Listen(t)
			p := startPipeProcess(t, srv.URL(), strings.Fields(tt.args)...)
			c := srv.Accept()
			c.Handshake()
			p.await(`"descriptor"`)
			must(t, c.CloseWith(tt.code, "reason"))
			p.await(`"platform_state"`)
			must(t, p.stdin.Close())
			p.wantExit(tt.exit)
			if !strings.Contains(p.stderr.String(), "hermod: relay is ") {
				t.Errorf("wrote %s", &p.stderr)
			}
		})
	}
}
