package top

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/vt"
	json "github.com/goccy/go-json"

	"hermod/cmd/hermod/internal/cli"
	"hermod/cmd/hermod/internal/daemon"
	"hermod/connector"
	"hermod/wire"
)

// display is a virtual terminal that 'hermod top' runs in.
type display struct {
	t       *testing.T
	screen  *vt.SafeEmulator
	drawn   chan struct{}
	program *tea.Program
	keys    io.Writer
	ended   chan error
}

// Write takes what the program draws.
func (s *display) Write(p []byte) (int, error) {
	n, err := s.screen.Write(p)
	select {
	case s.drawn <- struct{}{}:
	default:
	}
	return n, err
}

func openTop(t *testing.T, client *client, width, height int) *display {
	t.Helper()
	in, keys := io.Pipe()
	s := &display{t: t, screen: vt.NewSafeEmulator(width, height), drawn: make(chan struct{}, 1), keys: keys,
		ended: make(chan error, 1)}
	_, _ = s.screen.Write([]byte("\x1b[20h")) // a line feed begins a line, as a terminal driver makes it
	answers := make(chan struct{})
	go func() {
		defer close(answers)
		_, _ = io.Copy(io.Discard, s.screen) // what a terminal answers to queries, which needs nobody
	}()
	s.program = tea.NewProgram(newModel(client), tea.WithContext(t.Context()), tea.WithInput(in), tea.WithOutput(s),
		tea.WithWindowSize(width, height), tea.WithEnvironment([]string{"TERM=xterm-256color"}), tea.WithoutSignalHandler())
	go func() { s.ended <- run(s.program, client) }()
	t.Cleanup(func() {
		s.program.Quit()
		s.program.Wait()
		_ = s.screen.InputPipe().(io.Closer).Close()
		_ = in.Close()
		<-answers
	})
	return s
}

// text is what stands on the screen.
func (s *display) text() string {
	return regexp.MustCompile(`\x1b\[[0-9;:]*m`).ReplaceAllString(s.screen.Render(), "")
}

// await waits until the screen shows what a pattern says, and returns it.
func (s *display) await(pattern string) string {
	s.t.Helper()
	wanted := regexp.MustCompile(pattern)
	limit := time.After(patience)
	for {
		if text := s.text(); wanted.MatchString(text) {
			return text
		}
		select {
		case <-s.drawn:
		case err := <-s.ended:
			s.t.Fatalf("top ended with %v before %q:\n%s", err, pattern, s.text())
		case <-limit:
			s.t.Fatalf("no %q on the screen:\n%s", pattern, s.text())
		}
	}
}

func (s *display) press(keys string) {
	s.t.Helper()
	if _, err := io.WriteString(s.keys, keys); err != nil {
		s.t.Fatal(err)
	}
}

const (
	keyDown  = "\x1b[B"
	keyEnter = "\r"
	keyEsc   = "\x1b"
)

// startWorld is a daemon with some bots at a connector.
func startWorld(t *testing.T, http string, names ...string) (*connector.Connector, string) {
	t.Helper()
	gateways := make(map[string][]wire.Secret)
	file := "http: {listen: '127.0.0.1:0'" + http + "}\nbots:\n"
	for _, name := range names {
		gateways[name] = []wire.Secret{gatewaySecret}
	}
	c, err := connector.Start(connector.Config{Gateways: gateways})
	must(t, err)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		_ = c.Close(ctx)
	})
	for _, name := range names {
		file += fmt.Sprintf("  - {name: %s, url: '%s', gateway_id: %s, secret: {env: S}, identities: [{platform: discord, bot_id: b-%s}], deliver: {stream: {}}}\n",
			name, c.URL(), name, name)
	}
	path := filepath.Join(t.TempDir(), "hermod.yaml")
	must(t, os.WriteFile(path, []byte(file), 0o600))
	return c, "http://" + startDaemon(t, path)
}

// startDaemon runs a daemon in this process until the test ends, and returns its address.
func startDaemon(t *testing.T, path string) string {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	lines, stdout := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		err := daemon.Run(ctx, daemon.Options{Path: path, Version: "test", Stdout: stdout, Stderr: io.Discard,
			Environ: []string{"S=" + gatewaySecret.Reveal(), "TOKEN=" + daemonToken}})
		ended <- errors.Join(err, stdout.CloseWithError(err))
	}()
	t.Cleanup(func() {
		cancel()
		must(t, <-ended)
	})
	var first struct {
		Listening string `json:"listening"`
	}
	must(t, json.NewDecoder(lines).Decode(&first))
	go func() { _, _ = io.Copy(io.Discard, lines) }()
	return first.Listening
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

const gatewaySecret = wire.Secret("a secret of the tests")

const daemonToken = "a-token-for-the-tests-of-top-0123456789"

func TestTopShowsBotsLiveInASmallTerminal(t *testing.T) {
	c, url := startWorld(t, "", "alerts", "billing", "support")
	s := openTop(t, &client{base: url, http: http.DefaultClient}, 80, 24)
	screen := s.await(`3 bots  ● 3 connected`)
	for _, line := range strings.Split(screen, "\n") {
		if n := len([]rune(line)); n > 80 {
			t.Errorf("%d cells: %s", n, line)
		}
	}
	s.await(`(?m)^▸ alerts +discord +● ready`)
	must(t, c.Revoke("billing"))
	s.await(`(?m)^  billing +discord +○ disabled`)
	s.await(`● 2 connected  ○ 1 disabled`)
	_, err := c.Inject("support", []byte(`{"text":"hi","source":{"platform":"discord","chat_id":"c1"}}`))
	must(t, err)
	s.await(`(?m)^  support .* 0    1    1`)
	s.press(keyDown)
	s.await(`credential revoked: enrol`)
}

func TestTopDoesAnActionOnlyAfterAYes(t *testing.T) {
	c, url := startWorld(t, "", "alerts")
	s := openTop(t, &client{base: url, http: http.DefaultClient}, 80, 24)
	s.await(`▸ alerts .* ● ready`)
	s.press("d")
	s.await(`Disable alerts\? \[y/N\]`)
	s.press("n")
	s.await(`Disable: cancelled`)
	if !c.State()["alerts"].Connected {
		t.Error("it was done")
	}
	s.press("e")
	s.await(`alerts is not disabled`)
	s.press("d")
	s.await(`\[y/N\]`)
	s.press("y")
	s.await(`Disable alerts: done`)
	s.await(`▸ alerts .* ○ disabled`)
	s.press("ey")
	s.await(`▸ alerts .* ● ready`)
	s.press("r")
	s.await(`Reconnect alerts\?`)
	s.press("y" + keyEnter)
	s.await(`starts +3`)
}

func TestTopFiltersSearchesAndSorts(t *testing.T) {
	c, url := startWorld(t, "", "alerts", "billing", "support")
	s := openTop(t, &client{base: url, http: http.DefaultClient}, 80, 24)
	s.await(`3 connected`)
	s.press("/b-supp")
	s.await(`(?m)^▸ support`)
	if strings.Contains(s.text(), "billing") {
		t.Errorf("the search left others:\n%s", s.text())
	}
	s.press(keyEsc)
	s.await(`billing`)
	must(t, c.Revoke("support"))
	s.await(`1 disabled`)
	s.press("s")
	s.await(`sorted by state`)
	s.await(`(?s)support.*alerts.*billing`)
	s.press("S")
	s.await(`(?s)billing.*alerts.*support`)
	s.press("ffff")
	s.await(`only disabled`)
	s.await(`(?m)^▸ support`)
}

func TestTopFollowsTheSizeOfItsTerminal(t *testing.T) {
	_, url := startWorld(t, "", "alerts")
	s := openTop(t, &client{base: url, http: http.DefaultClient}, 80, 24)
	s.await(`▸ alerts`)
	for _, size := range [][2]int{{140, 40}, {40, 10}, {20, 5}, {1, 1}, {80, 24}} {
		s.screen.Resize(size[0], size[1])
		s.program.Send(tea.WindowSizeMsg{Width: size[0], Height: size[1]})
	}
	s.await(`▸ alerts .* ● ready`)
	s.press(keyEnter)
	s.await(`frames in +\d`)
	s.press("q")
	if err := <-s.ended; err != nil {
		t.Error(err)
	}
}

func TestTopShowsATokenOrEnds(t *testing.T) {
	_, url := startWorld(t, ", auth: required, token: {env: TOKEN}", "alerts")
	s := openTop(t, &client{base: url, http: http.DefaultClient, token: daemonToken}, 80, 24)
	s.await(`▸ alerts`)
	refused := openTop(t, &client{base: url, http: http.DefaultClient, token: "wrong"}, 80, 24)
	err := <-refused.ended
	if cli.ExitCode(err, true) != cli.ExitUsage || !strings.Contains(err.Error(), "--token-file") || strings.Contains(err.Error(), "wrong") {
		t.Errorf("ended with %v", err)
	}
}

func TestTopSaysThatATokenLacksTheRole(t *testing.T) {
	_, url := startWorld(t, ", tokens: [{name: m, token: {env: TOKEN}, roles: [metrics]}]", "alerts")
	refused := openTop(t, &client{base: url, http: http.DefaultClient, token: daemonToken}, 80, 24)
	err := <-refused.ended
	if cli.ExitCode(err, true) != cli.ExitUsage || !strings.Contains(err.Error(), "role read") || !strings.Contains(err.Error(), "http.tokens") {
		t.Errorf("ended with %v", err)
	}
}

func TestTopWatchesADaemonAtAUnixSocket(t *testing.T) {
	folder, err := os.MkdirTemp("", "s") // the path of a socket has to be short
	must(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	path := filepath.Join(folder, "hermod.yaml")
	must(t, os.WriteFile(path, []byte("http: {listen: 'unix:h.sock'}\nbots:\n"+
		"  - {name: alerts, url: 'ws://127.0.0.1:9', identities: [{platform: discord}], deliver: {stream: {}}}\n"), 0o600))
	c, err := newClient(cli.Endpoint{URL: startDaemon(t, path)}, "")
	must(t, err)
	t.Cleanup(c.http.CloseIdleConnections)
	s := openTop(t, c, 80, 24)
	s.await(`hermod top +unix:.*/h\.sock`)
	s.await(`▸ alerts`)
}

func TestTopSaysThatTheDaemonIsLost(t *testing.T) {
	s := openTop(t, &client{base: "http://127.0.0.1:1", http: http.DefaultClient}, 80, 24)
	s.await(`(?s)disconnected, next try within \ds.*no connection to the daemon: .*refused`)
}
