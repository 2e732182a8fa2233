//go:build promtool

package observe_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"hermod/actors"
	"hermod/cmd/hermod/internal/config"
	"hermod/cmd/hermod/internal/fleet"
	"hermod/cmd/hermod/internal/fleetlog"
	"hermod/wire"
	"hermod/wire/wiretest"
)

// patience is how long a test waits for what must come.
const patience = time.Minute

// promtool runs Prometheus' tool; 'make observe-deps' installs it.
func promtool(t *testing.T, stdin string, args ...string) {
	t.Helper()
	cmd := exec.Command("promtool", args...)
	cmd.Stdin = strings.NewReader(stdin)
	if out, err := cmd.CombinedOutput(); err != nil || strings.Contains(string(out), "FAILED") {
		t.Errorf("promtool %s: %v (make observe-deps installs it)\n%s", strings.Join(args, " "), err, out)
	}
}

func TestPromtoolAcceptsTheRulesAndTheirTests(t *testing.T) {
	promtool(t, "", "check", "rules", rulesFile)
	promtool(t, "", "test", "rules", rulesTestFile)
	promtool(t, "", "check", "config", prometheusFile)
}

// troubledFleet is a fleet in which everything has happened that a dashboard shows or an alert is about.
func troubledFleet(t *testing.T) (w *world, url string) {
	t.Helper()
	w = newWorld(t, wiretest.Listen(t), io.Discard)
	w.connectors.Connectors = map[string]fleetlog.ConnectorFigures{"connector.test": {Bots: 5, Outages: 1,
		Down: map[actors.LinkEnd]int{{Cause: "refused", Code: 401}: 1}}}
	bots := []*config.Bot{bot("good", "telegram"), bot("revoked", "discord"), bot("dropped", "discord"), bot("failed", "slack"),
		bot("off", "slack"), bot("paused", "slack"), bot("beyond", "matrix")}
	for _, b := range bots {
		b.URL = w.srv.URL()
		b.Timing = &config.Timing{RetryDelay: config.Duration{Duration: time.Millisecond},
			Backoff: config.Duration{Duration: time.Hour}, MaxBackoff: config.Duration{Duration: time.Hour}}
		b.Deliver = config.Deliver{Webhook: &config.Webhook{}}
	}
	bots[4].Enabled = false
	settled := make(chan struct{}, 8)
	w.inbound = func(_ context.Context, d *actors.Inbound) error {
		defer func() { settled <- struct{}{} }()
		if d.Event.Text == "bad" {
			return errors.New("refused")
		}
		return nil
	}
	w.apply(6, bots...)
	for _, name := range []string{"good", "revoked", "dropped", "paused", "beyond"} {
		w.await(name, actors.Ready)
	}
	for range 5 {
		<-w.arrived
	}
	w.reports["good"](fleet.Health{State: fleet.Failing, Err: "exit status 3", Restarts: 1, DroppedLines: 1})
	w.bot("paused").Disable()
	must(t, w.conns["revoked"].CloseWith(wire.CloseUnauthorized, "unauthorized"))
	w.conns["dropped"].Drop()
	w.await("paused", actors.Disabled)
	w.await("revoked", actors.Disabled)
	w.await("dropped", actors.Backoff)
	good := w.conns["good"]
	must(t, good.SendInbound(wiretest.Event("telegram", "c1", "m1", "fine"), "b1"))
	must(t, good.SendInbound(wiretest.Event("telegram", "c1", "m2", "bad"), "b2"))
	for range 1 + 3 {
		<-settled
	}
	_, err := w.bot("good").Send(context.Background(), wire.NewSend("c1", "x"), "")
	must(t, err)
	if _, err := w.bot("dropped").Send(context.Background(), wire.NewSend("c1", "x"), ""); !errors.Is(err, actors.ErrNotConnected) {
		t.Fatalf("sent without a connection: %v", err)
	}
	server := httptest.NewServer(w.routes)
	t.Cleanup(server.Close)
	return w, server.URL
}

func TestPromtoolAcceptsTheMetrics(t *testing.T) {
	w, _ := troubledFleet(t)
	defer w.close()
	promtool(t, w.scrape(), "check", "metrics")
}

// server is a Prometheus that scrapes a fleet every second.
type server struct {
	t   *testing.T
	url string
}

func startPrometheus(t *testing.T, target string, flags ...string) server {
	t.Helper()
	folder := t.TempDir()
	rules, err := filepath.Abs(rulesFile)
	must(t, err)
	must(t, os.WriteFile(filepath.Join(folder, "prometheus.yml"), fmt.Appendf(nil, `
global: {scrape_interval: 1s, evaluation_interval: 1s}
rule_files: [%q]
scrape_configs: [{job_name: hermod, static_configs: [{targets: [%q]}]}]
`, rules, strings.TrimPrefix(target, "http://")), 0o600))
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	address := listener.Addr().String()
	must(t, listener.Close())
	log, err := os.Create(filepath.Join(folder, "log"))
	must(t, err)
	cmd := exec.Command("prometheus", append([]string{"--config.file=" + filepath.Join(folder, "prometheus.yml"),
		"--storage.tsdb.path=" + filepath.Join(folder, "data"), "--web.listen-address=" + address}, flags...)...)
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		t.Fatalf("start prometheus: %v (make observe-deps installs it)", err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
		_ = log.Close()
		if t.Failed() {
			text, _ := os.ReadFile(log.Name())
			t.Logf("prometheus says:\n%s", text)
		}
	})
	return server{t, "http://" + address}
}

// get asks Prometheus' HTTP API; it is false as long as there is no answer.
func (s server) get(path string, query url.Values, into any) bool {
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: patience}
	response, err := client.Get(s.url + path + "?" + query.Encode())
	if err != nil {
		return false
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if response.StatusCode == http.StatusBadRequest || response.StatusCode == http.StatusUnprocessableEntity {
		s.t.Fatalf("prometheus refuses %v: %s", query, body)
	}
	return err == nil && response.StatusCode == http.StatusOK && json.Unmarshal(body, into) == nil
}

// await asks until the answer is good.
func (s server) await(what string, good func() bool) {
	s.t.Helper()
	look, limit := time.NewTicker(100*time.Millisecond), time.NewTimer(patience)
	defer look.Stop()
	defer limit.Stop()
	for !good() {
		select {
		case <-look.C:
		case <-limit.C:
			s.t.Fatalf("prometheus has nothing for %s", what)
		}
	}
}

// filled is a panel's query with all variables at "All".
func filled(expr string) string {
	return strings.NewReplacer("$__rate_interval", "1m", "$instance", ".*", "$platform", ".*", "$bot", ".*").Replace(expr)
}

// finds waits until a query has a result.
func (s server) finds(query string) {
	s.t.Helper()
	s.await(query, func() bool {
		var answer struct {
			Data struct{ Result []json.RawMessage }
		}
		return s.get("/api/v1/query", url.Values{"query": {query}}, &answer) && len(answer.Data.Result) > 0
	})
}

func TestEveryQueryOfTheDashboardAndTheRulesFindsWhatHermodExposes(t *testing.T) {
	w, target := troubledFleet(t)
	defer w.close()
	s := startPrometheus(t, target)
	for _, p := range readDashboard(t).Panels {
		for _, q := range p.Targets {
			for _, selected := range selectors(filled(q.Expr)) {
				s.finds(selected)
			}
			s.finds(filled(q.Expr))
		}
	}
	for _, v := range readDashboard(t).Templating.List {
		if inner, ok := strings.CutPrefix(v.Definition, "label_values("); ok {
			cut := strings.LastIndex(inner, ", ")
			s.finds(fmt.Sprintf("group by (%s) (%s)", strings.TrimSuffix(inner[cut+2:], ")"), filled(inner[:cut])))
		}
	}
	for _, r := range readRules(t) {
		read := selectors(r.Expr)
		if len(read) == 0 {
			t.Errorf("%s reads nothing", r.Alert)
		}
		for _, selected := range read {
			s.finds(selected)
		}
	}
	s.wantFiring("HermodBotRevoked", "HermodBotFailed")
}

// wantFiring waits until these alerts fire, and fails when a rule cannot be evaluated.
func (s server) wantFiring(names ...string) {
	s.t.Helper()
	s.await(fmt.Sprint(names), func() bool {
		var answer struct {
			Data struct {
				Groups []struct {
					Rules []struct{ Name, State, Health, LastError string }
				}
			}
		}
		if !s.get("/api/v1/rules", nil, &answer) {
			return false
		}
		firing := make(map[string]bool)
		for _, r := range answer.Data.Groups[0].Rules {
			if r.Health == "err" {
				s.t.Fatalf("%s: %s", r.Name, r.LastError)
			}
			firing[r.Name] = r.State == "firing"
		}
		for _, name := range names {
			if !firing[name] {
				return false
			}
		}
		return true
	})
}

func TestHistogramsAreNativeForServersThatKnowThem(t *testing.T) {
	w, target := troubledFleet(t)
	defer w.close()
	s := startPrometheus(t, target, "--enable-feature=native-histograms")
	for _, metric := range []string{"hermod_handler_duration_seconds", "hermod_outbound_duration_seconds", "hermod_http_request_duration_seconds"} {
		s.finds("histogram_quantile(0.9, sum(rate(" + metric + "[1m])))")
	}
}
