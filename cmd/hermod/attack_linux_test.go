package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	json "github.com/goccy/go-json"

	"hermod/connector"
	"hermod/wire"
)

// attackedFiles is how many files the daemon under attack may open.
const attackedFiles = 512

// attacked is a daemon with few descriptors, and four bots: one for its API, one whose receiver is hostile, one whose
// receiver is well, and one whose subprocess would steal what its environment holds.
type attacked struct {
	*daemonProcess
	connector *connector.Connector
	address   string
	token     string
	client    http.Client // keeps its connection, as clients do
	good      chan string // the texts that the good receiver got
	stolen    string      // the file with the child's environment
	rest      chan string // the log from when it served
}

// The secrets that no child may see.
var attackedSecrets = []string{"TOKEN=the token of the API", "SECRET=" + gatewaySecret.Reveal(), "SIGNING=" + signingSecret,
	"OTEL_EXPORTER_OTLP_HEADERS=api-key=of the collector"}

func attack(t *testing.T) *attacked {
	t.Helper()
	gateways := make(map[string][]wire.Secret)
	for _, name := range []string{"api", "hostile", "good", "child"} {
		gateways[name] = []wire.Secret{gatewaySecret}
	}
	a := &attacked{token: "the token of the API", good: make(chan string, 16)}
	transport := new(http.Transport)
	t.Cleanup(transport.CloseIdleConnections)
	a.client = http.Client{Timeout: patience, Transport: transport}
	a.connector = serve(t, func(cfg *connector.Config) { cfg.Gateways = gateways })
	hostile := httptest.NewServer(http.HandlerFunc(beHostile))
	t.Cleanup(hostile.Close)
	good := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		a.good <- string(text)
	}))
	t.Cleanup(good.Close)
	folder := t.TempDir()
	a.stolen = filepath.Join(folder, "environment")
	var file strings.Builder
	fmt.Fprintf(&file, "http: {token: {env: TOKEN}}\ndefaults: {url: '%s', secret: {env: SECRET}, timing: {backoff: 10ms}}\nbots:\n", a.connector.URL())
	for name, way := range map[string]string{
		"api":     "stream: {}",
		"hostile": "webhook: {url: '" + hostile.URL + "', secret: {env: SIGNING}}",
		"good":    "webhook: {url: '" + good.URL + "', secret: {env: SIGNING}}",
		"child":   "process: {command: [sh, -c, 'env > " + a.stolen + "; exec cat > /dev/null']}",
	} {
		fmt.Fprintf(&file, "  - {name: %s, gateway_id: %s, identities: [{platform: discord, bot_id: %s}], deliver: {%s}}\n", name, name, name, way)
	}
	path := filepath.Join(folder, "hermod.yaml")
	must(t, os.WriteFile(path, []byte(file.String()), 0o600))
	a.daemonProcess = startBounded(t, attackedSecrets, path)
	a.address = strings.TrimPrefix(a.daemonProcess.address(), "http://")
	a.rest = make(chan string, 1)
	go func() {
		rest, _ := io.ReadAll(a.log)
		a.rest <- string(rest)
	}()
	a.await2xx("/readyz")
	return a
}

// beHostile never ends an answer: it drips its head, drips its body, or says nothing.
func beHostile(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	if len(r.Header.Get("Webhook-Id"))%2 == 0 {
		w.WriteHeader(http.StatusOK)
	}
	for r.Context().Err() == nil {
		_, _ = w.Write([]byte{'x'})
		_ = http.NewResponseController(w).Flush()
		select {
		case <-time.After(100 * time.Millisecond):
		case <-r.Context().Done():
		}
	}
}

// startBounded starts a daemon that may open attackedFiles files.
func startBounded(t *testing.T, environment []string, config string) *daemonProcess {
	t.Helper()
	var limit syscall.Rlimit
	must(t, syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit))
	if limit.Max < 4*attackedFiles {
		t.Fatalf("this process may open %d files only", limit.Max)
	}
	shell, err := exec.LookPath("sh")
	must(t, err)
	return startProgram(t, environment, shell, "-c", fmt.Sprintf("ulimit -n %d; exec \"$0\" \"$@\"", attackedFiles),
		os.Args[0], "run", "--config", config)
}

// kill ends the daemon and returns what it had logged.
func (a *attacked) kill() string {
	a.t.Helper()
	a.signal(syscall.SIGKILL)
	return a.logged.String() + <-a.rest
}

// ask has a well-behaved client with the token ask for something.
func (a *attacked) ask(method, path, body string) (status int, answer string) {
	a.t.Helper()
	request, err := http.NewRequestWithContext(a.t.Context(), method, "http://"+a.address+path, strings.NewReader(body))
	must(a.t, err)
	request.Header.Set("Authorization", "Bearer "+a.token)
	request.Header.Set("Content-Type", "application/json")
	response, err := a.client.Do(request)
	if err != nil {
		a.t.Errorf("%s %s: %v", method, path, err)
		return 0, ""
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	must(a.t, err)
	return response.StatusCode, string(text)
}

func (a *attacked) await2xx(path string) {
	a.t.Helper()
	for limit := time.Now().Add(patience); ; {
		if status, _ := a.ask(http.MethodGet, path, ""); status/100 == 2 {
			return
		}
		if time.Now().After(limit) {
			a.t.Fatalf("%s never was well", path)
		}
		<-time.After(10 * time.Millisecond)
	}
}

// hold opens a connection, writes and never reads; false when the daemon does not take it.
func (a *attacked) hold(text string) bool {
	conn, err := net.DialTimeout("tcp", a.address, patience)
	if err != nil {
		return false
	}
	a.t.Cleanup(func() { _ = conn.Close() })
	_ = conn.(*net.TCPConn).SetReadBuffer(4096)
	_, err = io.WriteString(conn, text)
	return err == nil
}

// raw sends a request as it is, and returns the answer's status, 0 for none.
func (a *attacked) raw(head string) int {
	conn, err := net.DialTimeout("tcp", a.address, patience)
	if err != nil {
		return 0
	}
	defer func() { _ = conn.Close() }()
	_ = conn.SetDeadline(time.Now().Add(patience))
	if _, err := io.WriteString(conn, head+"Connection: close\r\n\r\n"); err != nil {
		return 0
	}
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return 0
	}
	_ = response.Body.Close()
	return response.StatusCode
}

// descriptors counts the files that the daemon has open, and resident is its memory in KiB.
func (a *attacked) descriptors() int {
	a.t.Helper()
	open, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", a.cmd.Process.Pid))
	must(a.t, err)
	return len(open)
}

func (a *attacked) resident() int {
	a.t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", a.cmd.Process.Pid))
	must(a.t, err)
	_, rest, _ := bytes.Cut(status, []byte("VmRSS:"))
	kib, err := strconv.Atoi(string(bytes.Fields(rest)[0]))
	must(a.t, err)
	return kib
}

// handshakes counts those of the bot api.
func (a *attacked) handshakes() (count int) {
	a.t.Helper()
	status, answer := a.ask(http.MethodGet, "/v1/bots/api", "")
	var bot struct{ Handshakes *int }
	if err := json.Unmarshal([]byte(answer), &bot); status != http.StatusOK || err != nil || bot.Handshakes == nil {
		a.t.Fatalf("the bot was answered %d: %s", status, answer)
	}
	return *bot.Handshakes
}

// wantService has every kind of service done while the attack goes on: probes, the API, an action to the connector, a
// delivery to a receiver that is well, and a new dial of a bot whose connection was cut.
func (a *attacked) wantService(during string) {
	a.t.Helper()
	for _, path := range []string{"/healthz", "/readyz", "/v1/bots", "/metrics"} {
		if status, _ := a.ask(http.MethodGet, path, ""); status != http.StatusOK {
			a.t.Errorf("during %s: %s was answered %d", during, path, status)
		}
	}
	if status := a.raw("GET /healthz HTTP/1.1\r\nHost: localhost\r\n"); status != http.StatusOK {
		a.t.Errorf("during %s: a new connection was answered %d", during, status)
	}
	if status, answer := a.ask(http.MethodPost, "/v1/bots/api/actions", `{"op":"send","chat_id":"c","content":"hi"}`); status != http.StatusOK {
		a.t.Errorf("during %s: an action was answered %d: %s", during, status, answer)
	}
	_, err := a.connector.Inject("good", fmt.Appendf(nil, `{"text":%q,"source":{"platform":"discord","chat_id":"c"}}`, during))
	must(a.t, err)
	select {
	case got := <-a.good:
		if !strings.Contains(got, during) {
			a.t.Errorf("during %s: the receiver got %s", during, got)
		}
	case <-time.After(patience):
		a.t.Errorf("during %s: nothing reached the receiver that is well", during)
	}
	before := a.handshakes()
	must(a.t, a.connector.Cut("api"))
	for limit := time.Now().Add(patience); a.handshakes() == before; {
		if time.Now().After(limit) {
			a.t.Fatalf("during %s: a bot that was cut off could not dial", during)
		}
		<-time.After(time.Millisecond)
	}
	a.t.Logf("during %-16s %3d of %d descriptors, %3d MiB", during+":", a.descriptors(), attackedFiles, a.resident()>>10)
}

// TestNoAttackKeepsTheDaemonFromItsWork has one attack after the other, none of which ends before the next begins.
func TestNoAttackKeepsTheDaemonFromItsWork(t *testing.T) {
	t.Parallel()
	a := attack(t)
	a.wantService("peace")

	for i := range 300 {
		path := []string{"/v1/bots/api/actions", "/v1/bots/api/acks", "/healthz", "/wake"}[i%4]
		a.hold("POST " + path + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n{")
	}
	a.wantService("slow bodies")

	for i := range 200 {
		a.hold("GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Endless: " + strings.Repeat("x", i))
	}
	a.wantService("slow heads")

	for i := range 100 {
		path := []string{"/v1/bots", "/metrics", "/"}[i%3]
		a.hold("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + a.token + "\r\n\r\n")
	}
	a.wantService("stalled readers")

	for i := range 60 {
		_, err := a.connector.Inject("hostile", fmt.Appendf(nil, `{"text":"hi","source":{"platform":"discord","chat_id":"c%d"}}`, i))
		must(t, err)
	}
	a.wantService("a hostile receiver")
	if lines := strings.Count(a.kill(), "\n"); lines > 100 {
		t.Errorf("the attack made %d lines of log", lines)
	}
}

func TestNobodyGetsInWithoutTheToken(t *testing.T) {
	t.Parallel()
	a := attack(t)
	before := a.handshakes()
	for name, header := range map[string]string{
		"nothing":           "Host: " + a.address + "\r\n",
		"a wrong token":     "Host: " + a.address + "\r\nAuthorization: Bearer the token of the AP\r\n",
		"a rebound name":    "Host: evil.example\r\n",
		"a foreign page":    "Host: " + a.address + "\r\nSec-Fetch-Site: cross-site\r\nAuthorization: Bearer " + a.token + "\r\n",
		"a foreign origin":  "Host: " + a.address + "\r\nOrigin: http://evil.example\r\nAuthorization: Bearer " + a.token + "\r\n",
		"a claimed address": "Host: localhost\r\nX-Forwarded-For: 127.0.0.1\r\nX-Real-IP: 127.0.0.1\r\nForwarded: for=127.0.0.1\r\n",
	} {
		for _, path := range []string{"/v1/bots", "/v1/bots/api", "/v1/bots/api/events", "/v1/bots/api/chats/c", "/v1/events", "/metrics",
			"/debug/pprof/heap", "/v1/../v1/bots", "//v1/bots", "/%76%31/bots"} {
			if status := a.raw("GET " + path + " HTTP/1.1\r\n" + header); status/100 == 2 {
				t.Errorf("%s was answered %d to %s", path, status, name)
			}
		}
		for _, verb := range []string{"disable", "reconnect", "sleep", "wake", "actions"} {
			if status := a.raw("POST /v1/bots/api/" + verb + " HTTP/1.1\r\nContent-Length: 0\r\n" + header); status/100 == 2 {
				t.Errorf("%s was answered %d to %s", verb, status, name)
			}
		}
	}
	if now := a.handshakes(); now != before {
		t.Errorf("somebody had the bot dial: %d handshakes, were %d", now, before)
	}
	environment, err := os.ReadFile(a.stolen)
	must(t, err)
	for _, variable := range attackedSecrets {
		if _, value, _ := strings.Cut(variable, "="); bytes.Contains(environment, []byte(value)) {
			t.Errorf("the child's environment has %s", variable)
		}
	}
	log := a.kill()
	for _, secret := range []string{a.token, gatewaySecret.Reveal(), signingSecret} {
		if strings.Contains(log, secret) {
			t.Errorf("the log holds the secret %s", secret)
		}
	}
}
