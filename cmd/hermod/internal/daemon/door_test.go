package daemon

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"hermod/cmd/hermod/internal/config"
)

// doorFile has one bot and this server.
func doorFile(http string) string {
	return "http: {" + http + "}\nbots:\n  - {name: a, url: 'ws://127.0.0.1:9', identities: [{platform: telegram, bot_id: '1'}], deliver: {stream: {}}}\n"
}

// listenerOf is where a file says that the API is served.
func listenerOf(t *testing.T, file string) *config.Listener {
	t.Helper()
	path := filepath.Join(t.TempDir(), "hermod.yaml")
	must(t, os.WriteFile(path, []byte(file), 0o600))
	cfg, err := config.Load(path, nil)
	must(t, err)
	return cfg.HTTP.Listener()
}

// freeAddress is one that nobody listens at.
func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer func() { _ = listener.Close() }()
	return listener.Addr().String()
}

// intruder is a client that holds one connection.
type intruder struct {
	t    *testing.T
	conn net.Conn
	in   *bufio.Reader
}

func intrude(t *testing.T, address string) *intruder {
	t.Helper()
	return intrudeAt(t, "tcp", address)
}

func intrudeAt(t *testing.T, network, address string) *intruder {
	t.Helper()
	conn, err := net.Dial(network, address)
	must(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	return &intruder{t, conn, bufio.NewReader(conn)}
}

// ask returns the status of an answer, 0 if the connection is over.
func (i *intruder) ask(path string, header ...string) int {
	i.t.Helper()
	return i.send(http.MethodGet, path, header...)
}

func (i *intruder) send(method, path string, header ...string) int {
	i.t.Helper()
	lines := append([]string{method + " " + path + " HTTP/1.1", "Host: localhost"}, header...)
	text := strings.Join(lines, "\r\n")
	_, _ = fmt.Fprint(i.conn, text+"\r\n\r\n")
	response, err := http.ReadResponse(i.in, nil)
	if err != nil {
		return 0
	}
	_, err = io.Copy(io.Discard, response.Body)
	must(i.t, err)
	return response.StatusCode
}

// reload writes the file and waits until it was applied, or refused.
func (r *running) reload(file string) {
	r.t.Helper()
	before := r.current.Load()
	r.write(file)
	r.signals <- syscall.SIGHUP
	r.awaitReport(func(now *report) bool { return r.current.Load() != before || now.ConfigError != "" })
}

func TestNoReloadLoosensAccessToAnOpenSocket(t *testing.T) {
	tokens := t.TempDir()
	must(t, os.WriteFile(tokens+"/one", []byte("one\n"), 0o600))
	must(t, os.WriteFile(tokens+"/two", []byte("two\n"), 0o600))
	withToken := func(address, name string) string {
		return doorFile(fmt.Sprintf("listen: '%s', token: {file: '%s/%s'}", address, tokens, name))
	}
	secrets := []string{"/v1/bots", "/metrics", "/debug/pprof/heap"}
	for name, change := range map[string]func(address, other string) string{
		"listen off":               func(_, _ string) string { return doorFile("listen: 'off'") },
		"loopback without a token": func(_, other string) string { return doorFile("listen: '" + other + "'") },
		"another address":          func(_, other string) string { return withToken(other, "two") },
		"a new token":              func(address, _ string) string { return withToken(address, "two") },
		"an address that is taken": func(_, _ string) string { return doorFile("listen: '" + takenAddress(t) + "'") },
	} {
		t.Run(name, func(t *testing.T) {
			address, other := freeAddress(t), freeAddress(t)
			r := run(t, withToken(address, "one"))
			old := intrude(t, address)
			if status := old.ask("/v1/bots"); status != http.StatusUnauthorized {
				t.Fatalf("answered %d before the reload", status)
			}
			r.reload(change(address, other))
			for _, path := range secrets {
				if status := old.ask(path); status != 0 && status != http.StatusUnauthorized {
					t.Errorf("the old connection was answered %d to %s", status, path)
				}
				conn, err := net.Dial("tcp", address)
				if err != nil {
					continue // the socket is gone
				}
				_ = conn.Close()
				if status := intrude(t, address).ask(path); status != http.StatusUnauthorized {
					t.Errorf("the old address answers %d to %s", status, path)
				}
			}
		})
	}
}

// takenAddress is one that somebody listens at until the test ends.
func takenAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	return listener.Addr().String()
}

func TestAReloadMovesTheServer(t *testing.T) {
	first, second := freeAddress(t), freeAddress(t)
	r := run(t, doorFile("listen: '"+first+"', token: {env: SECRET}"))
	shown := "Authorization: Bearer " + secret
	if status := intrude(t, first).ask("/v1/bots", shown); status != http.StatusOK {
		t.Fatalf("answered %d at the first address", status)
	}
	r.reload(doorFile("listen: '" + second + "'"))
	if conn, err := net.Dial("tcp", first); err == nil {
		t.Errorf("somebody listens at the first address %v still", conn.RemoteAddr())
	}
	if status := intrude(t, second).ask("/v1/bots"); status != http.StatusOK {
		t.Errorf("answered %d at the second address", status)
	}
	r.reload(doorFile("listen: '" + second + "', token: {env: SECRET}"))
	if status := intrude(t, second).ask("/v1/bots"); status != http.StatusUnauthorized {
		t.Errorf("answered %d without the token that is asked for now", status)
	}
	r.reload(doorFile("listen: 'off'"))
	if conn, err := net.Dial("tcp", second); err == nil {
		t.Errorf("somebody listens at the second address %v still", conn.RemoteAddr())
	}
	r.reload(doorFile("listen: '" + first + "'"))
	if status := intrude(t, first).ask("/v1/bots"); status != http.StatusOK {
		t.Errorf("answered %d when it was served again", status)
	}
}

func TestAnAddressThatIsTakenChangesNothing(t *testing.T) {
	address := freeAddress(t)
	r := run(t, doorFile("listen: '"+address+"', token: {env: SECRET}"))
	before := r.current.Load()
	r.reload("http: {listen: '" + takenAddress(t) + "'}\nbots: []\n")
	if message := r.health.report.Load().ConfigError; !strings.Contains(message, "http.listen") || r.current.Load() != before {
		t.Errorf("the reload said %q", message)
	}
	shown := "Authorization: Bearer " + secret
	if status := intrude(t, address).ask("/v1/bots/a", shown); status != http.StatusOK {
		t.Errorf("answered %d to the old token", status)
	}
	if status := intrude(t, address).ask("/v1/bots/a"); status != http.StatusUnauthorized {
		t.Errorf("answered %d without a token", status)
	}
}
