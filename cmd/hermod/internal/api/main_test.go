package api_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	json "github.com/goccy/go-json"
	"go.uber.org/goleak"

	"hermod/cmd/hermod/internal/api/client"
	"hermod/cmd/hermod/internal/daemon"
	"hermod/connector"
	"hermod/wire"
)

func TestMain(m *testing.M) {
	if os.Getenv("HERMOD_BOT") != "" {
		beProcess(os.Args[1], os.Args[2:])
		return
	}
	goleak.VerifyTestMain(m)
}

const (
	// patience is how long a test waits for what must come.
	patience = 60 * time.Second
	token    = "the token of the tests"
	secret   = "a secret of the tests"
	signing  = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
)

// world is a daemon with its real server, and the connector of its bots.
type world struct {
	t          *testing.T
	connector  *connector.Connector
	head, path string // of the file: what comes before the bots, and where it is
	url        string
	http       *http.Client
	api        *client.ClientWithResponses
	end        func() // of the daemon
}

// bots is a file of bots, each of which is a gateway of its name.
func bots(entries ...string) string { return strings.Join(entries, "") }

// bot is one of them, on telegram; more is the rest of its entry.
func bot(name, more string) string {
	return fmt.Sprintf("  - {name: %s, gateway_id: %s, %s}\n", name, name, more)
}

const streamed = "deliver: {stream: {}}"

// start runs a daemon with these bots and a connector that buffers; adjust may be nil.
func start(t *testing.T, file string, adjust func(*connector.Config), gateways ...string) *world {
	t.Helper()
	w := prepare(t, adjust, gateways...)
	w.write(file)
	w.run()
	return w
}

// startIn is start with a state folder.
func startIn(t *testing.T, state, file string, gateways ...string) *world {
	t.Helper()
	w := prepare(t, nil, gateways...)
	w.head = fmt.Sprintf("state: '%s'\n", state) + w.head
	w.write(file)
	w.run()
	return w
}

// prepare runs the connector.
func prepare(t *testing.T, adjust func(*connector.Config), gateways ...string) *world {
	t.Helper()
	cfg := connector.Config{Window: 64, DataDir: t.TempDir(), Gateways: make(map[string][]wire.Secret)}
	for _, id := range append(gateways, "a") {
		cfg.Gateways[id] = []wire.Secret{secret}
	}
	if adjust != nil {
		adjust(&cfg)
	}
	c, err := connector.Start(cfg)
	must(t, err)
	t.Cleanup(func() { _ = c.Close(context.Background()) })
	w := &world{t: t, connector: c}
	w.head = fmt.Sprintf("http: {listen: '127.0.0.1:0', token: {env: TOKEN}}\nlog: {level: warn}\ndefaults:\n  url: '%s'\n  secret: {env: SECRET}\n"+
		"  identities: [{platform: telegram, bot_id: '42'}]\n  timing: {backoff: 10ms, max_backoff: 20ms}\nbots:\n", c.URL())
	w.path = filepath.Join(t.TempDir(), "hermod.yaml")
	return w
}

// write replaces the daemon's file in one step.
func (w *world) write(bots string) {
	w.t.Helper()
	must(w.t, os.WriteFile(w.path+".new", []byte(w.head+bots), 0o600))
	must(w.t, os.Rename(w.path+".new", w.path))
}

// run starts the daemon, which end or the end of the test ends.
func (w *world) run() {
	w.t.Helper()
	stdout, listening := io.Pipe()
	signals, ended := make(chan os.Signal, 2), make(chan error, 1)
	go func() {
		err := daemon.Run(context.Background(), daemon.Options{Path: w.path, Signals: signals, Stdout: listening,
			Stderr:  w.t.Output(),
			Version: "v0.0.0", Environ: []string{"TOKEN=" + token, "SECRET=" + secret, "SIGNING=" + signing}})
		_ = listening.CloseWithError(err)
		ended <- err
	}()
	var first struct{ Listening string }
	line, err := bufio.NewReader(stdout).ReadBytes('\n')
	must(w.t, err)
	must(w.t, json.Unmarshal(line, &first))
	w.url = "http://" + first.Listening
	transport := &http.Transport{}
	w.http = &http.Client{Transport: &conforming{t: w.t, next: transport, doc: description(w.t)}}
	w.api, err = client.NewClientWithResponses(w.url, client.WithHTTPClient(w.http), client.WithRequestEditorFn(
		func(_ context.Context, r *http.Request) error {
			r.Header.Set("Authorization", "Bearer "+token)
			return nil
		}))
	must(w.t, err)
	w.end = sync.OnceFunc(func() {
		transport.CloseIdleConnections()
		signals <- syscall.SIGTERM
		signals <- syscall.SIGTERM // nothing that still waits shall hold the test up
		<-ended
	})
	w.t.Cleanup(w.end)
}

// do sends a request with the token and returns the answer with its body.
func (w *world) do(method, path, body string, headers ...string) (*http.Response, string) {
	w.t.Helper()
	response := w.open(context.Background(), method, path, body, headers...)
	defer func() { _ = response.Body.Close() }()
	content, err := io.ReadAll(response.Body)
	must(w.t, err)
	return response, string(content)
}

func (w *world) open(ctx context.Context, method, path, body string, headers ...string) *http.Response {
	w.t.Helper()
	request, err := http.NewRequestWithContext(ctx, method, w.url+path, strings.NewReader(body))
	must(w.t, err)
	request.Header.Set("Authorization", "Bearer "+token)
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	response, err := w.http.Do(request)
	must(w.t, err)
	return response
}

// await asks for a bot until it is as wanted.
func (w *world) await(name string, wanted func(*client.Bot) bool) *client.Bot {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	var last *client.Bot
	for ctx.Err() == nil {
		answer, err := w.api.GetBotWithResponse(ctx, name)
		must(w.t, err)
		if last = answer.JSON200; last != nil && wanted(last) {
			return last
		}
	}
	w.t.Fatalf("%s never was as wanted: %+v", name, last)
	return nil
}

func (w *world) awaitState(name string, state client.BotState) {
	w.t.Helper()
	w.await(name, func(b *client.Bot) bool { return b.State == state })
}

func (w *world) inject(gateway, chat, message, text string) {
	w.t.Helper()
	event := fmt.Sprintf(`{"text":%q,"message_id":%q,"source":{"platform":"telegram","chat_id":%q}}`, text, message, chat)
	_, err := w.connector.Inject(gateway, []byte(event))
	must(w.t, err)
}

// awaitBuffered waits until the connector keeps that many deliveries.
func (w *world) awaitBuffered(gateway string, want int) {
	w.t.Helper()
	limit := time.Now().Add(patience)
	for w.connector.State()[gateway].Buffered != want {
		if time.Now().After(limit) {
			w.t.Fatalf("the connector still keeps %d deliveries", w.connector.State()[gateway].Buffered)
		}
		_, err := w.api.GetDaemonWithResponse(context.Background()) // lets the daemon have the processor
		must(w.t, err)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
