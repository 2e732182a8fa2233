package observe_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"hermod/actors"
	"hermod/cmd/hermod/internal/access"
	"hermod/cmd/hermod/internal/budget"
	"hermod/cmd/hermod/internal/config"
	"hermod/cmd/hermod/internal/deliver"
	"hermod/cmd/hermod/internal/downstream"
	"hermod/cmd/hermod/internal/fleet"
	"hermod/cmd/hermod/internal/fleetlog"
	"hermod/cmd/hermod/internal/observe"
	"hermod/cmd/hermod/internal/store"
	"hermod/wire/wiretest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// world is an observed fleet and the connector of its bots.
type world struct {
	t        testing.TB
	srv      *wiretest.Server
	config   atomic.Pointer[config.Config]
	observer *observe.Observer
	fleet    *fleet.Fleet
	routes   http.Handler
	reload   string // why the last one failed
	posts    deliver.PostFigures
	kept     store.Figures

	connectors fleetlog.Figures
	cluster    observe.ClusterFigures

	arrived chan *wiretest.Conn // the first connections, after their handshakes

	mu      sync.Mutex
	conns   map[string]*wiretest.Conn // the newest of each bot id
	reports map[string]func(fleet.Health)
	inbound func(ctx context.Context, d *actors.Inbound) error
}

// inBubble runs a test in virtual time.
func inBubble(t *testing.T, log io.Writer, test func(*world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, wiretest.New(t), log)
		test(w)
		w.close()
		time.Sleep(2 * time.Millisecond) // the actor framework's own goroutine after a dead letter
	})
}

// secretsWritten has the age of one kind of secrets.
var secretsWritten = map[string]time.Time{"bots.secret": time.Unix(1<<30, 0)}

func newWorld(t testing.TB, srv *wiretest.Server, log io.Writer) *world {
	return newWorldWith(t, srv, log, config.Config{Metrics: config.Metrics{Bots: 500}, SecretsWritten: secretsWritten})
}

func newWorldWith(t testing.TB, srv *wiretest.Server, log io.Writer, cfg config.Config) *world {
	w := &world{t: t, srv: srv, cluster: observe.ClusterFigures{Cluster: "c", Nodes: []observe.NodeFigures{{Name: "gw-a", Bots: 1}}}, arrived: make(chan *wiretest.Conn, 8), conns: make(map[string]*wiretest.Conn),
		reports: make(map[string]func(fleet.Health)),
		inbound: func(context.Context, *actors.Inbound) error { return nil }}
	w.srv.Handle(w.serve)
	w.config.Store(&cfg)
	logger := slog.New(slog.NewJSONHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	var err error
	w.observer, err = observe.New(observe.Options{Config: w.config.Load, ConfigError: func() string { return w.reload },
		Version: "v1.2.3", Commit: "abcdef", Logger: logger})
	must(t, err)
	w.fleet, err = fleet.New(fleet.Options{Dial: srv.Dial, Observer: w.observer, Logger: logger,
		Deliverers: map[string]fleet.NewDeliverer{config.KindStream: w.newDeliverer, config.KindWebhook: w.newDeliverer}})
	must(t, err)
	w.observer.Watch(w.fleet)
	w.observer.WatchConnectors(func() *fleetlog.Figures { return &w.connectors })
	w.observer.WatchCluster(func() observe.ClusterFigures { return w.cluster })
	w.observer.WatchPosts(func() deliver.PostFigures { return w.posts })
	w.observer.WatchAccess(access.New(logger))
	w.observer.WatchCertificates(func() map[string]time.Time { return map[string]time.Time{"http": time.Unix(1<<31, 0)} })
	w.observer.WatchGateways(func() downstream.Figures { return downstream.Figures{Connected: 2, Absent: 1, Kept: 3} })
	w.observer.WatchStore(func() store.Figures { return w.kept })
	w.observer.WatchBudget(func() []budget.Use { return []budget.Use{{Resource: "links", Limit: 100, Used: 7}} })
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", w.observer.Metrics())
	w.routes = w.observer.Middleware(mux)
	return w
}

func (w *world) close() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	must(w.t, w.fleet.Close(ctx))
	must(w.t, w.observer.Close(ctx))
	w.srv.Close()
}

// serve is the connector: it notes which bot a connection belongs to and behaves.
func (w *world) serve(c *wiretest.Conn) {
	hello := c.Handshake()[0]
	w.mu.Lock()
	w.conns[hello.BotID] = c
	w.mu.Unlock()
	select {
	case w.arrived <- c:
	default:
	}
	wiretest.Serve(c)
}

func (w *world) newDeliverer(_ context.Context, target fleet.Target) (fleet.Deliverer, error) {
	if target.Bot.Name() == "failed" {
		return nil, errors.New("there is no way to deliver")
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.reports[target.Bot.Name()] = target.Report
	return deliverer{w}, nil
}

// deliverer does with events what the test says.
type deliverer struct{ w *world }

func (d deliverer) Inbound(ctx context.Context, in *actors.Inbound) error {
	return d.w.inbound(ctx, in)
}
func (deliverer) Close(context.Context) error { return nil }

// bot is the configuration of one bot, whose id at the connector is its name.
func bot(name, platform string) *config.Bot {
	return &config.Bot{Name: name, Enabled: true, Reconnect: true, URL: "ws://connector.test",
		Identities: []config.Identity{{Platform: platform, BotID: name}}, Deliver: config.Deliver{Stream: &config.Stream{}}}
}

// apply applies these bots, of which some have series of their own.
func (w *world) apply(named int, bots ...*config.Bot) {
	w.t.Helper()
	cfg := &config.Config{Bots: bots, Metrics: config.Metrics{Bots: named}, SecretsWritten: secretsWritten,
		Shutdown: config.Shutdown{Budget: config.Duration{Duration: 10 * time.Second}}}
	w.config.Store(cfg)
	_, err := w.fleet.Apply(cfg)
	must(w.t, err)
}

func (w *world) bot(name string) *fleet.Bot {
	w.t.Helper()
	b, ok := w.fleet.Bot(name)
	if !ok {
		w.t.Fatalf("no bot %s", name)
	}
	return b
}

func (w *world) conn(bot string) *wiretest.Conn {
	w.t.Helper()
	synctest.Wait()
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.conns[bot] == nil {
		w.t.Fatalf("%s never connected", bot)
	}
	return w.conns[bot]
}

// await waits until a bot is in a state, where time is real.
func (w *world) await(bot string, state actors.State) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for event := range w.fleet.Watch(ctx) {
		if event.Bot == bot && event.Status.State == state {
			return
		}
	}
	w.t.Fatalf("%s is not %s in time", bot, state)
}

func (w *world) inject(bot, text string) {
	w.t.Helper()
	must(w.t, w.conn(bot).SendInbound(wiretest.Event("discord", "c1", text, text), "buffer-"+text))
	synctest.Wait()
}

// scrape returns the exposition, as a server without native histograms gets it.
func (w *world) scrape() string {
	w.t.Helper()
	return w.get("/metrics", http.StatusOK)
}

func (w *world) get(path string, status int) string {
	w.t.Helper()
	answer := httptest.NewRecorder()
	w.routes.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, path, nil))
	if answer.Code != status {
		w.t.Fatalf("GET %s answers %d: %s", path, answer.Code, answer.Body)
	}
	return answer.Body.String()
}

// samples are the values of an exposition by series.
func samples(t testing.TB, exposition string) map[string]float64 {
	t.Helper()
	values := make(map[string]float64)
	for line := range strings.Lines(exposition) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		cut := strings.LastIndex(line, " ")
		var value float64
		if _, err := fmt.Sscan(line[cut+1:], &value); err != nil {
			t.Fatalf("no sample: %s", line)
		}
		values[line[:cut]] = value
	}
	return values
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
