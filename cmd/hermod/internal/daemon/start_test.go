package daemon

import (
	"context"
	"io"
	"net"
	"strings"
	"testing"

	"hermod/cmd/hermod/internal/config"
)

func TestAnAddressThatIsTakenEndsTheStartAndLeavesNothingBehind(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer func() { _ = taken.Close() }()
	err = Run(context.Background(), Options{Stdout: io.Discard, Stderr: t.Output(), Environ: []string{
		"GATEWAY_RELAY_URL=ws://127.0.0.1:9", "GATEWAY_RELAY_PLATFORM=discord", "HERMOD_HTTP_LISTEN=" + taken.Addr().String()}})
	if err == nil || !strings.Contains(err.Error(), "http.listen") {
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
	d.level.Set(levelOf(config.Log{Level: "debug"}))
	d.log.Debug("at last")
	if got := out.String(); strings.Count(got, "\n") != 2 || !strings.Contains(got, `"msg":"loud"`) || !strings.Contains(got, "at last") {
		t.Errorf("wrote %s", got)
	}
}
