package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gobwas/ws"
	json "github.com/goccy/go-json"

	"hermod/cmd/hermod/internal/cli"
	"hermod/gateway/boot"
	"hermod/wire"
)

// patience bounds every wait of these tests; it only ends one that hangs.
const patience = time.Minute

// process is 'hermod connector' running on its own.
type process struct {
	t    *testing.T
	cmd  *exec.Cmd
	addr string
	log  *os.File
}

var listening = regexp.MustCompile(`^\{"listening":"(127\.0\.0\.1:\d+)"\}\n$`)

// startConnector runs the program and reads its first line.
func startConnector(t *testing.T, args ...string) *process {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*patience)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, os.Args[0], append([]string{"connector", "--listen", "127.0.0.1:0"}, args...)...)
	cmd.Env = append(os.Environ(), asHermod+"=1")
	log, err := os.CreateTemp(t.TempDir(), "log")
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = log
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait(); _ = log.Close() })
	line, err := bufio.NewReader(stdout).ReadString('\n')
	match := listening.FindStringSubmatch(line)
	if match == nil {
		t.Fatalf("the first line is %q, %v", line, err)
	}
	return &process{t: t, cmd: cmd, addr: match[1], log: log}
}

// stderr is what the process has logged.
func (p *process) stderr() string {
	p.t.Helper()
	content, err := os.ReadFile(p.log.Name())
	if err != nil {
		p.t.Fatal(err)
	}
	return string(content)
}

// awaitLog waits until the process has logged the text.
func (p *process) awaitLog(text string) {
	p.t.Helper()
	for limit := time.Now().Add(patience); !strings.Contains(p.stderr(), text); {
		if time.Now().After(limit) {
			p.t.Fatalf("no %q in the log: %s", text, p.stderr())
		}
		<-time.After(time.Millisecond)
	}
}

func (p *process) signal(s os.Signal) {
	p.t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		p.t.Fatal(err)
	}
}

// inject posts an event and returns the answer.
func (p *process) inject(text string) (delivery, bufferID string) {
	p.t.Helper()
	body := fmt.Sprintf(`{"event":{"text":%q}}`, text)
	response, err := (&http.Client{Timeout: patience, Transport: &http.Transport{DisableKeepAlives: true}}).
		Post("http://"+p.addr+"/dev/inbound", "application/json", strings.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	raw, _ := io.ReadAll(response.Body)
	var answer struct{ Delivery, BufferID string }
	if err := json.Unmarshal(raw, &answer); err != nil || response.StatusCode != http.StatusOK {
		p.t.Fatalf("injecting answered %s %s", response.Status, raw)
	}
	return answer.Delivery, answer.BufferID
}

// session dials and says hello; read returns the next frame.
func (p *process) session(token, platform string) (read func() ws.Frame, write func([]byte)) {
	p.t.Helper()
	dialer := ws.Dialer{Timeout: patience}
	if token != "" {
		dialer.Header = ws.HandshakeHeaderHTTP{"Authorization": {"Bearer " + token}}
	}
	conn, br, _, err := dialer.Dial(context.Background(), "ws://"+p.addr+"/relay")
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { _ = conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(patience))
	if br == nil {
		br = bufio.NewReader(conn)
	}
	read = func() ws.Frame {
		p.t.Helper()
		h, err := ws.ReadHeader(br)
		if err != nil {
			p.t.Fatal(err)
		}
		f := ws.Frame{Header: h, Payload: make([]byte, h.Length)}
		if _, err := io.ReadFull(br, f.Payload); err != nil {
			p.t.Fatal(err)
		}
		return f
	}
	write = func(line []byte) {
		p.t.Helper()
		if err := ws.WriteFrame(conn, ws.MaskFrame(ws.NewTextFrame(line))); err != nil {
			p.t.Fatal(err)
		}
	}
	write(wire.AppendHello(nil, wire.Hello{Platform: platform, BotID: "b"}))
	return read, write
}

func TestConnectorClosesSessions1001OnSIGTERMAndExits0(t *testing.T) {
	for _, s := range []os.Signal{syscall.SIGTERM, os.Interrupt} {
		p := startConnector(t, "--data", t.TempDir())
		read, _ := p.session("", "discord")
		read()
		p.signal(s)
		f := read()
		if code, _ := ws.ParseCloseFrameData(f.Payload); f.Header.OpCode != ws.OpClose || code != wire.CloseGoingAway {
			t.Fatalf("%v: got op %x %q", s, f.Header.OpCode, f.Payload)
		}
		if err := p.cmd.Wait(); err != nil {
			t.Fatalf("%v: %v\n%s", s, err, p.stderr())
		}
	}
}

func TestSecondSignalEndsTheConnectorAtOnce(t *testing.T) {
	p := startConnector(t, "--data", t.TempDir())
	read, _ := p.session("", "discord") // never answers the close frame
	read()
	p.signal(syscall.SIGTERM)
	read()
	p.signal(syscall.SIGTERM)
	if err := p.cmd.Wait(); err == nil {
		t.Fatal("the process ended as if it had been asked once")
	}
}

func TestConnectorKeepsItsBufferThoughItIsKilled(t *testing.T) {
	data := t.TempDir()
	p := startConnector(t, "--data", data, "--dev")
	var ids []string
	for i := range 5 {
		delivery, id := p.inject(fmt.Sprint(i))
		if delivery != "buffered" {
			t.Fatalf("delivery %q", delivery)
		}
		ids = append(ids, id)
	}
	p.signal(syscall.SIGKILL)
	_ = p.cmd.Wait()

	p = startConnector(t, "--data", data, "--dev")
	p.awaitLog("deliveries=5")
	read, write := p.session("", "discord")
	read()
	for i, id := range ids {
		var m struct {
			BufferID string
			Event    struct{ Text string }
		}
		if err := json.Unmarshal(read().Payload, &m); err != nil || m.BufferID != id || m.Event.Text != fmt.Sprint(i) {
			t.Fatalf("entry %d is %+v, %v, want bufferId %q", i, m, err, id)
		}
		write(wire.AppendInboundAck(nil, id))
	}
}

func TestDeliveriesToAConnectedGatewayAreBufferedUnlessAFlagSaysOtherwise(t *testing.T) {
	for want, flags := range map[string][]string{"buffered": {"--dev"}, "live": {"--dev", "--buffer-all=false"}} {
		p := startConnector(t, append(flags, "--data", t.TempDir())...)
		read, _ := p.session("", "discord")
		read()
		for range 3 { // that nothing is acknowledged holds up no other
			if delivery, _ := p.inject("x"); delivery != want {
				t.Errorf("with %v: delivery %q", flags, delivery)
			}
			read()
		}
	}
}

func TestGatewayFlagTakesARotationList(t *testing.T) {
	for secret, want := range map[wire.Secret]string{"new": `"slack"`, "old": `"slack"`, "wrong": "unauthorized"} {
		p := startConnector(t, "--data", t.TempDir(), "--platform", "slack",
			"--gateway", "g1="+secretFile(t, "new\n"), "--gateway", "g1="+secretFile(t, "old\n"))
		read, _ := p.session(wire.MintToken("g1", secret, wire.TokenTTL, time.Now()), "")
		if f := read(); !strings.Contains(string(f.Payload), want) {
			t.Errorf("secret %q: got %q, want %s", secret.Reveal(), f.Payload, want)
		}
		if log := p.stderr(); strings.Contains(log, "no --gateway") {
			t.Errorf("the log warns: %s", log)
		}
	}
}

func TestEnrolledGatewayConnectsAfterAKill(t *testing.T) {
	args := []string{"--data", t.TempDir(), "--tenant", "acme=" + secretFile(t, "canary-identity\n"), "--enroll-token", secretFile(t, "canary-enrolment\n")}
	p := startConnector(t, args...)
	if log := p.stderr(); strings.Contains(log, "no --gateway") {
		t.Errorf("the log warns: %s", log)
	}
	client, err := boot.New(boot.Config{URL: "http://" + p.addr, GatewayID: "g1", Identity: boot.StaticIdentity("canary-identity")})
	if err != nil {
		t.Fatal(err)
	}
	defer client.CloseIdle()
	credentials, err := client.Enroll(t.Context(), "canary-enrolment")
	if err != nil {
		t.Fatal(err)
	}
	p.signal(syscall.SIGKILL)
	_ = p.cmd.Wait()
	p = startConnector(t, args...)
	read, _ := p.session(wire.MintToken("g1", credentials.Secret, wire.TokenTTL, time.Now()), "")
	if f := read(); !strings.Contains(string(f.Payload), `"descriptor"`) {
		t.Fatalf("got %q", f.Payload)
	}
	if log := p.stderr(); strings.Contains(log, credentials.Secret.Reveal()) {
		t.Fatal("the log shows the secret")
	}
}

func TestConnectorWithoutGatewaysWarns(t *testing.T) {
	p := startConnector(t, "--data", t.TempDir())
	if log := p.stderr(); !strings.Contains(log, "level=WARN") || !strings.Contains(log, "--gateway") {
		t.Fatalf("the log says only: %s", log)
	}
}

func TestDefaultDataFolderIsInTheUsersState(t *testing.T) {
	home, state := t.TempDir(), t.TempDir()
	t.Setenv("HOME", home)
	for value, want := range map[string]string{
		state:      filepath.Join(state, "hermod", "connector"),
		"":         filepath.Join(home, ".local", "state", "hermod", "connector"),
		"relative": filepath.Join(home, ".local", "state", "hermod", "connector"),
	} {
		t.Setenv("XDG_STATE_HOME", value)
		if got, err := stateFolder(); err != nil || got != want {
			t.Errorf("XDG_STATE_HOME=%q: %q, %v, want %q", value, got, err, want)
		}
	}
	t.Setenv("XDG_STATE_HOME", state)
	startConnector(t)
	if _, err := os.Stat(filepath.Join(state, "hermod", "connector", "buffer.db")); err != nil {
		t.Fatal(err)
	}
}

func TestConnectorThatCannotRunExits1(t *testing.T) {
	data, full := t.TempDir(), t.TempDir()
	must(t, os.Symlink("/dev/full", filepath.Join(full, "buffer.db")))
	p := startConnector(t, "--data", data)
	for name, tt := range map[string]struct{ listen, data, says, hides string }{
		"address in use": {p.addr, t.TempDir(), "end the program that listens there", ""},
		"data in use":    {"127.0.0.1:0", data, "another connector uses it", ""},
		"disk full":      {"127.0.0.1:0", full, "make room on the disk", "another connector"},
	} {
		code, stdout, stderr := runHermod(t, "", "connector", "--listen", tt.listen, "--data", tt.data)
		if code != cli.ExitFailure || stdout != "" || !strings.Contains(stderr, tt.says) ||
			tt.hides != "" && strings.Contains(stderr, tt.hides) {
			t.Errorf("%s: exit code %d, %q, %q", name, code, stdout, stderr)
		}
	}
}

func TestAHangupDoesNotEndTheConnector(t *testing.T) {
	p := startConnector(t, "--dev", "--data", t.TempDir())
	p.signal(syscall.SIGHUP)
	p.awaitLog("nothing to reload")
	if delivery, _ := p.inject("y"); delivery == "" {
		t.Error("it does not serve any more")
	}
}

func TestAHangupTakesOverTheListOfGateways(t *testing.T) {
	folder := t.TempDir()
	write := func(name, content string) {
		t.Helper()
		must(t, os.WriteFile(filepath.Join(folder, name), []byte(content), 0o600))
	}
	for _, id := range []string{"kept", "gone", "new"} {
		write(id, "secret of "+id+"\n")
	}
	write("list", "kept kept\ngone gone\n")
	p := startConnector(t, "--data", t.TempDir(), "--gateways", filepath.Join(folder, "list"))
	tokenOf := func(id string) string {
		return wire.MintToken(id, wire.Secret("secret of "+id), wire.TokenTTL, time.Now())
	}
	kept, _ := p.session(tokenOf("kept"), "discord")
	gone, _ := p.session(tokenOf("gone"), "discord")
	kept()
	gone()

	write("list", "kept kept\nnew\n")
	p.signal(syscall.SIGHUP)
	p.awaitLog(`list:2: gateway \"new\" has no secret file; write its path`)
	write("list", "kept kept\nnew new\n")
	p.signal(syscall.SIGHUP)
	p.awaitLog("gateways=2")
	if f := gone(); f.Header.OpCode != ws.OpClose || !strings.Contains(string(f.Payload), "unauthorized") {
		t.Errorf("the gateway that was removed got %q", f.Payload)
	}
	added, _ := p.session(tokenOf("new"), "discord")
	if f := added(); !strings.Contains(string(f.Payload), `"descriptor"`) {
		t.Errorf("the gateway that was added got %q", f.Payload)
	}
	if log := p.stderr(); strings.Contains(log, `"session ended" gateway=kept`) || strings.Contains(log, "secret of") {
		t.Errorf("the log says %s", log)
	}
}
