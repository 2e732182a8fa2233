package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/vt"

	"hermod/connector"
	"hermod/wire"
)

// terminal is a virtual terminal that 'hermod top' runs in.
type terminal struct {
	t       *testing.T
	screen  *vt.SafeEmulator
	drawn   chan struct{}
	program *tea.Program
	keys    io.Writer
	ended   chan error
}

// Write takes what the program draws.
func (s *terminal) Write(p []byte) (int, error) {
	n, err := s.screen.Write(p)
	select {
	case s.drawn <- struct{}{}:
	default:
	}
	return n, err
}

func openTop(t *testing.T, client *topClient, width, height int) *terminal {
	t.Helper()
	in, keys := io.Pipe()
	s := &terminal{t: t, screen: vt.NewSafeEmulator(width, height), drawn: make(chan struct{}, 1), keys: keys, ended: make(chan error, 1)}
	_, _ = s.screen.Write([]byte("\x1b[20h")) // a line feed begins a line, as a terminal driver makes it
	answers := make(chan struct{})
	go func() {
		defer close(answers)
		_, _ = io.Copy(io.Discard, s.screen) // what a terminal answers to queries, which needs nobody
	}()
	s.program = tea.NewProgram(newTopModel(client), tea.WithContext(t.Context()), tea.WithInput(in), tea.WithOutput(s),
		tea.WithWindowSize(width, height), tea.WithEnvironment([]string{"TERM=xterm-256color"}), tea.WithoutSignalHandler())
	go func() { s.ended <- runTop(s.program, client) }()
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
func (s *terminal) text() string {
	return regexp.MustCompile(`\x1b\[[0-9;:]*m`).ReplaceAllString(s.screen.Render(), "")
}

// await waits until the screen shows what a pattern says, and returns it.
func (s *terminal) await(pattern string) string {
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

func (s *terminal) press(keys string) {
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

// topWorld is a daemon with some bots at a connector.
func topWorld(t *testing.T, http string, names ...string) (*connector.Connector, string) {
	t.Helper()
	gateways := make(map[string][]wire.Secret)
	file := "http: {listen: '127.0.0.1:0'" + http + "}\nbots:\n"
	for _, name := range names {
		gateways[name] = []wire.Secret{pipeSecret}
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
	d := startDaemon(t, []string{"S=" + pipeSecret.Reveal(), "TOKEN=" + topToken}, "--config", path)
	d.await("msg=serving")
	address := regexp.MustCompile(`address=(\S+)`).FindStringSubmatch(d.logged.String())[1]
	go func() { _, _ = io.Copy(io.Discard, d.log) }()
	return c, "http://" + address
}

const topToken = "a-token-for-the-tests-of-top-0123456789"

func TestTopShowsBotsLiveInASmallTerminal(t *testing.T) {
	c, url := topWorld(t, "", "alerts", "billing", "support")
	s := openTop(t, &topClient{base: url}, 80, 24)
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
	c, url := topWorld(t, "", "alerts")
	s := openTop(t, &topClient{base: url}, 80, 24)
	s.await(`▸ alerts .* ● ready`)
	s.press("d")
	s.await(`Disable alerts\? \[y/N\]`)
	s.press("n")
	s.await(`Disable: not done`)
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
	c, url := topWorld(t, "", "alerts", "billing", "support")
	s := openTop(t, &topClient{base: url}, 80, 24)
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
	_, url := topWorld(t, "", "alerts")
	s := openTop(t, &topClient{base: url}, 80, 24)
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
	_, url := topWorld(t, ", auth: required, token: {env: TOKEN}", "alerts")
	s := openTop(t, &topClient{base: url, token: topToken}, 80, 24)
	s.await(`▸ alerts`)
	refused := openTop(t, &topClient{base: url, token: "wrong"}, 80, 24)
	if err := <-refused.ended; exitCode(err, true) != exitUsage || !strings.Contains(err.Error(), "--token-file") || strings.Contains(err.Error(), "wrong") {
		t.Errorf("ended with %v", err)
	}
}

func TestTopSaysThatTheDaemonIsLost(t *testing.T) {
	s := openTop(t, &topClient{base: "http://127.0.0.1:1"}, 80, 24)
	s.await(`(?s)lost, next try within \ds.*no connection to the daemon: .*refused`)
}

func TestTopRefusesWhatItCannotUse(t *testing.T) {
	for _, args := range [][]string{{"--url", "127.0.0.1:8470"}, {"--url", "ftp://x"}, {"--token-file", "/no/such/file"}, {"extra"}, {}} {
		code, _, stderr := runHermod(t, "", append([]string{"top"}, args...)...)
		if code != exitUsage || stderr == "" {
			t.Errorf("%v: exit code %d, %q", args, code, stderr)
		}
	}
}
