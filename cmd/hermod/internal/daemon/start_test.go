package daemon

import (
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"hermod/cmd/hermod/internal/config"
)

func TestAnAddressThatIsTakenEndsTheStartAndLeavesNothingBehind(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer func() { _ = taken.Close() }()
	err = Run(context.Background(), Options{Stdout: io.Discard, Stderr: t.Output(), Environ: []string{
		"GATEWAY_RELAY_URL=ws://127.0.0.1:9", "GATEWAY_RELAY_PLATFORM=discord", "HERMOD_HTTP_LISTEN=" + taken.Addr().String()}})
	if err == nil || !strings.Contains(err.Error(), "set http.listen to another address") {
		t.Errorf("ended with %v", err)
	}
}

func TestRunEndsWithItsContextAndServesNothingWhenItShallNot(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	var stdout strings.Builder
	err := Run(ctx, Options{Stdout: &stdout, Stderr: t.Output(), Environ: []string{
		"GATEWAY_RELAY_URL=ws://127.0.0.1:9", "GATEWAY_RELAY_PLATFORM=discord", "HERMOD_HTTP_LISTEN=off"}})
	if err != nil || stdout.Len() != 0 {
		t.Errorf("ended with %v after %q", err, stdout.String())
	}
}

func TestAMistakeIsFoundBeforeAnythingStarts(t *testing.T) {
	err := Run(context.Background(), Options{Environ: []string{"GATEWAY_RELAY_URL=x"}})
	if _, invalid := err.(*config.InvalidError); !invalid {
		t.Errorf("ended with %v", err)
	}
}

func TestTheLogIsAsConfigured(t *testing.T) {
	var out strings.Builder
	d := newDaemon(Options{Stderr: &out}, &config.Config{Log: config.Log{Level: "warn", Format: "json"}})
	d.log.Info("quiet")
	d.log.Warn("loud")
	d.levels.Configure(levelOf(config.Log{Level: "debug"}))
	d.log.Debug("at last")
	if got := out.String(); strings.Count(got, "\n") != 2 || !strings.Contains(got, `"msg":"loud"`) || !strings.Contains(got, "at last") {
		t.Errorf("wrote %s", got)
	}
}

// writerFunc has a test do something at the very moment of a write.
type writerFunc func(p []byte)

func (f writerFunc) Write(p []byte) (int, error) {
	f(p)
	return len(p), nil
}

// startBot starts a daemon with a bot named gateway, and ends it with the test. The writers may use the daemon.
func startBot(t *testing.T, stdout, stderr func(d *Daemon, line string)) *Daemon {
	t.Helper()
	var d *Daemon
	opts := Options{Environ: []string{"GATEWAY_RELAY_URL=ws://127.0.0.1:9", "GATEWAY_RELAY_PLATFORM=discord", "HERMOD_HTTP_LISTEN=127.0.0.1:0"},
		Stdout: writerFunc(func(p []byte) { stdout(d, string(p)) }), Stderr: writerFunc(func(p []byte) {
			stderr(d,
				string(p))
		})}
	cfg, err := config.Load("", opts.Environ)
	must(t, err)
	d = newDaemon(opts, cfg)
	must(t, d.start(cfg))
	t.Cleanup(func() { must(t, d.stop(nil)) })
	return d
}

func statusOf(t *testing.T, d *Daemon, path string) int {
	status, _ := (&running{t: t, Daemon: d}).get(path)
	return status
}

func TestTheConfigurationIsInForceWhenTheAddressIsAnnounced(t *testing.T) {
	announced := 0
	startBot(t, func(d *Daemon, _ string) {
		announced++
		if status := statusOf(t, d, "/v1/bots/gateway"); status != http.StatusOK {
			t.Errorf("answered %d for a bot of the configuration", status)
		}
	}, func(*Daemon, string) {})
	if announced != 1 {
		t.Errorf("announced %d times", announced)
	}
}

func TestOnlyProbesAreServedWhileTheConfigurationIsApplied(t *testing.T) {
	var looked atomic.Bool
	d := startBot(t, func(*Daemon, string) {}, func(d *Daemon, line string) {
		if !strings.Contains(line, "configuration applied") || !looked.CompareAndSwap(false, true) {
			return
		}
		for path, want := range map[string]int{"/healthz": 200, "/v1/bots/gateway": 503, "/wake": 503, "/": 503} {
			if status := statusOf(t, d, path); status != want {
				t.Errorf("answered %d to %s, want %d", status, path, want)
			}
		}
	})
	if !looked.Load() {
		t.Error("the application was not seen")
	}
	for path, want := range map[string]int{"/healthz": 200, "/v1/bots/gateway": 200, "/wake": 204, "/": 200} {
		if status := statusOf(t, d, path); status != want {
			t.Errorf("answered %d to %s afterwards, want %d", status, path, want)
		}
	}
}
