package main

import (
	"bufio"
	"context"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	json "github.com/goccy/go-json"

	"hermod/cmd/hermod/internal/cli"
	"hermod/connector"
	"hermod/wire/wiretest"
)

// daemonProcess is 'hermod run' running on its own.
type daemonProcess struct {
	t      *testing.T
	cmd    *exec.Cmd
	log    *bufio.Reader
	stdout *bufio.Reader
	logged strings.Builder
}

func startDaemon(t *testing.T, environment []string, args ...string) *daemonProcess {
	t.Helper()
	return startProgram(t, environment, os.Args[0], append([]string{"run"}, args...)...)
}

// startProgram starts a command line that comes to run the daemon.
func startProgram(t *testing.T, environment []string, program string, args ...string) *daemonProcess {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*patience)
	d := &daemonProcess{t: t, cmd: exec.CommandContext(ctx, program, args...)}
	d.cmd.Env = append(append(clearedEnvironment(), asHermod+"=1", "HERMOD_HTTP_LISTEN=127.0.0.1:0"), environment...)
	stderr, err := d.cmd.StderrPipe()
	must(t, err)
	d.log = bufio.NewReader(stderr)
	stdout, err := d.cmd.StdoutPipe()
	must(t, err)
	d.stdout = bufio.NewReader(stdout)
	must(t, d.cmd.Start())
	t.Cleanup(func() {
		cancel()
		_ = d.cmd.Wait()
	})
	return d
}

// listening is the URL that the daemon's first line tells; it is read once.
func (d *daemonProcess) listening() string {
	d.t.Helper()
	var first struct{ Listening string }
	line, err := d.stdout.ReadBytes('\n')
	must(d.t, err)
	must(d.t, json.Unmarshal(line, &first))
	return "http://" + first.Listening
}

// await reads on to a line of the log that holds the text.
func (d *daemonProcess) await(text string) {
	d.t.Helper()
	for {
		line, err := d.log.ReadString('\n')
		d.logged.WriteString(line)
		if strings.Contains(line, text) {
			return
		}
		if err != nil {
			d.t.Fatalf("no line with %s: %v\n%s", text, err, d.logged.String())
		}
	}
}

func (d *daemonProcess) signal(s os.Signal) {
	d.t.Helper()
	must(d.t, d.cmd.Process.Signal(s))
}

func (d *daemonProcess) wantExit(code int) {
	d.t.Helper()
	rest, _ := io.ReadAll(d.log)
	_ = d.cmd.Wait()
	if got := d.cmd.ProcessState.ExitCode(); got != code {
		d.t.Errorf("exit code %d (%v), want %d\n%s%s", got, d.cmd.ProcessState, code, d.logged.String(), rest)
	}
}

// fromEnvironment describes the one gateway of a connector.
func fromEnvironment(c *connector.Connector) []string {
	return []string{"GATEWAY_RELAY_URL=" + c.URL(), "GATEWAY_RELAY_ID=g1", "GATEWAY_RELAY_SECRET=" + gatewaySecret.Reveal(),
		"GATEWAY_RELAY_PLATFORMS=discord", `GATEWAY_RELAY_BOT_IDS={"discord":{"botId":"b1"}}`}
}

func TestRunNeedsNothingButTheEnvironment(t *testing.T) {
	c := serve(t)
	d := startDaemon(t, fromEnvironment(c))
	d.await("msg=ready bot=gateway")
	if state := c.State()["g1"]; !state.Connected || state.Identities[0].Platform != "discord" || state.Identities[0].BotID != "b1" {
		t.Errorf("state is %+v", state)
	}
	d.signal(syscall.SIGTERM)
	d.wantExit(0)
}

func TestRunDrainsAtASignal(t *testing.T) {
	for _, signal := range []os.Signal{syscall.SIGTERM, os.Interrupt} {
		srv := wiretest.Listen(t)
		d := startDaemon(t, []string{"GATEWAY_RELAY_URL=" + srv.URL(), "GATEWAY_RELAY_PLATFORM=discord"})
		c := srv.Accept()
		c.Handshake()
		d.await("msg=ready")
		d.signal(signal)
		if closed := c.AwaitEnd(); closed == nil || closed.Code != 1000 {
			t.Errorf("%v: closed with %v", signal, closed)
		}
		d.wantExit(0)
	}
}

// An event waits for its stream's client, who never comes, so that draining takes its whole time.
func TestRunEndsAtOnceAtASecondSignal(t *testing.T) {
	srv := wiretest.Listen(t)
	d := startDaemon(t, []string{"GATEWAY_RELAY_URL=" + srv.URL(), "GATEWAY_RELAY_PLATFORM=discord", "HERMOD_SHUTDOWN_BUDGET=24h"})
	c := srv.Accept()
	c.Handshake()
	d.await("msg=ready")
	must(t, c.SendInbound(wiretest.Event("discord", "c1", "m1", "hi"), "1"))
	must(t, c.Ping())
	c.AwaitPong(1)
	d.signal(syscall.SIGTERM)
	d.await("msg=ending")
	d.signal(syscall.SIGTERM)
	d.await("ending at once")
	d.wantExit(cli.ExitFailure)
	for _, line := range c.Received() {
		if strings.Contains(string(line), "inbound_ack") {
			t.Error("acknowledged what nobody took")
		}
	}
}

// serviceManager listens where systemd would.
func serviceManager(t *testing.T) (environment string, next func() string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "notify")
	socket, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	must(t, err)
	t.Cleanup(func() { _ = socket.Close() })
	return "NOTIFY_SOCKET=" + path, func() string {
		t.Helper()
		must(t, socket.SetReadDeadline(time.Now().Add(patience)))
		message := make([]byte, 4096)
		n, err := socket.Read(message)
		must(t, err)
		return string(message[:n])
	}
}

func TestRunTellsTheServiceManager(t *testing.T) {
	t.Parallel()
	c := serve(t)
	environment, next := serviceManager(t)
	path := filepath.Join(t.TempDir(), "hermod.yaml")
	file := "bots: [{name: a, url: '" + c.URL() + "', gateway_id: g1, secret: {env: S}, identities: [{platform: discord}], deliver: {stream: {}}}]\n"
	must(t, os.WriteFile(path, []byte(file), 0o600))
	d := startDaemon(t, []string{environment, "WATCHDOG_USEC=200000", "S=" + gatewaySecret.Reveal()}, "--config", path)
	await := func(wanted ...string) { // in any order
		t.Helper()
		for len(wanted) > 0 {
			message := next()
			wanted = slices.DeleteFunc(wanted, func(want string) bool { return strings.HasPrefix(message, want) })
		}
	}
	await("READY=1", "WATCHDOG=1", "STATUS=1 bots: 1 connected")
	d.signal(syscall.SIGHUP)
	await("RELOADING=1\nMONOTONIC_USEC=")
	await("READY=1")
	d.signal(syscall.SIGTERM)
	await("STOPPING=1")
	d.wantExit(0)
}
