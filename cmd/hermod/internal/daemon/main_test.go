package daemon

import (
	"context"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"hermod/actors"
	"hermod/cmd/hermod/internal/config"
	"hermod/cmd/hermod/internal/fleet"
	"hermod/connector"
	"hermod/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience is how long a test waits for what must come.
const patience = 60 * time.Second

const secret = "a secret of the tests"

// running is a daemon in this process.
type running struct {
	*Daemon
	t       *testing.T
	path    string
	signals chan os.Signal
	ended   chan error
	got     *ledger
}

// serveConnector runs a connector that knows these gateways until the test ends.
func serveConnector(t *testing.T, gateways ...string) *connector.Connector {
	t.Helper()
	cfg := connector.Config{Window: 64, DataDir: t.TempDir(), Gateways: make(map[string][]wire.Secret)}
	for _, id := range gateways {
		cfg.Gateways[id] = []wire.Secret{secret}
	}
	c, err := connector.Start(cfg)
	must(t, err)
	t.Cleanup(func() { _ = c.Close(context.Background()) })
	return c
}

// run starts a daemon with this file and ends it with the test.
func run(t *testing.T, file string) *running {
	t.Helper()
	return runWith(t, file, func(*Options) {})
}

// runWith is run with other options.
func runWith(t *testing.T, file string, adjust func(*Options)) *running {
	t.Helper()
	r := &running{t: t, path: filepath.Join(t.TempDir(), "hermod.yaml"), signals: make(chan os.Signal, 4),
		ended: make(chan error, 1), got: newLedger()}
	r.write(file)
	opts := Options{Path: r.path, Environ: []string{"SECRET=" + secret,
		"WEBHOOK=whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=", "IDENTITY=canary-identity", "ENROLMENT=canary-enrolment"},
		Signals: r.signals, Stdout: io.Discard, Stderr: t.Output(),
		deliverers: map[string]fleet.NewDeliverer{config.KindStream: r.got.deliverer}}
	adjust(&opts)
	cfg, err := config.Load(opts.Path, opts.Environ)
	must(t, err)
	r.Daemon = newDaemon(opts, cfg)
	must(t, r.start(cfg))
	go func() { r.ended <- r.stop(r.serve(context.Background())) }()
	t.Cleanup(r.end)
	return r
}

func (r *running) end() {
	r.signals <- syscall.SIGTERM
	if err := <-r.ended; err != nil {
		r.t.Errorf("the daemon ended with %v", err)
	}
}

// write replaces the file as an editor does, in one step.
func (r *running) write(file string) {
	r.t.Helper()
	must(r.t, os.WriteFile(r.path+".new", []byte(file), 0o600))
	must(r.t, os.Rename(r.path+".new", r.path))
}

// await reads on until every bot that is named is as wanted.
func (r *running) await(names []string, wanted func(fleet.Status) bool) {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	missing := make(map[string]bool)
	for _, name := range names {
		missing[name] = true
	}
	for event := range r.fleet.Watch(ctx) {
		if wanted(event.Status) && !event.Removed {
			delete(missing, event.Bot)
		}
		if len(missing) == 0 {
			return
		}
	}
	r.t.Fatalf("still missing: %v", missing)
}

func connected(s fleet.Status) bool { return s.State == actors.Ready }

func (r *running) get(path string, header ...string) (status int, body string) {
	r.t.Helper()
	request, err := http.NewRequest(http.MethodGet, "http://"+r.servers.main.addr()+path, nil)
	must(r.t, err)
	for i := 0; i < len(header); i += 2 {
		if header[i] == "Host" {
			request.Host = header[i+1]
		}
		request.Header.Set(header[i], header[i+1])
	}
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: patience}
	response, err := client.Do(request)
	must(r.t, err)
	defer func() { _ = response.Body.Close() }()
	content, err := io.ReadAll(response.Body)
	must(r.t, err)
	return response.StatusCode, string(content)
}

// ledger counts what every bot got.
type ledger struct {
	mu      sync.Mutex
	counts  map[string]map[string]int // by bot and text
	total   int                       // of different texts
	changed chan struct{}
}

func newLedger() *ledger {
	return &ledger{counts: make(map[string]map[string]int), changed: make(chan struct{}, 1)}
}

func (l *ledger) deliverer(_ context.Context, t fleet.Target) (fleet.Deliverer, error) {
	return &entry{ledger: l, bot: t.Bot.Name()}, nil
}

// entry delivers into a ledger.
type entry struct {
	*ledger
	bot string
}

func (e *entry) Inbound(_ context.Context, d *actors.Inbound) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.counts[e.bot] == nil {
		e.counts[e.bot] = make(map[string]int)
	}
	if e.counts[e.bot][d.Event.Text]++; e.counts[e.bot][d.Event.Text] == 1 {
		e.total++
	}
	select {
	case e.changed <- struct{}{}:
	default:
	}
	return nil
}

func (e *entry) Close(context.Context) error { return nil }

// of returns how often a bot got each text so far.
func (l *ledger) of(bot string) map[string]int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return maps.Clone(l.counts[bot])
}

// await waits until that many different texts came.
func (l *ledger) await(t *testing.T, total int) {
	t.Helper()
	limit := time.NewTimer(patience)
	defer limit.Stop()
	for {
		l.mu.Lock()
		got := l.total
		l.mu.Unlock()
		if got >= total {
			return
		}
		select {
		case <-l.changed:
		case <-limit.C:
			t.Fatalf("%d of %d events came", got, total)
		}
	}
}

func botAt(url, gateway string) *config.Bot {
	return &config.Bot{Name: "a", URL: url, GatewayID: gateway}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
