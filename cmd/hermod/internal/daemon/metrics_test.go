package daemon

import (
	"fmt"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
)

// twoDoors has a token that reads metrics and one that does not.
func twoDoors(main, metrics, more string) string {
	return fmt.Sprintf("metrics: {listen: '%s'%s}\n", metrics, more) +
		doorFile(fmt.Sprintf("listen: '%s', tokens: [{name: m, token: {env: SECRET}, roles: [metrics]}, {name: r, token: {env: IDENTITY_OF_16}, roles: [read]}]", main))
}

const readToken = "identity of more than sixteen"

func TestMetricsAndProbesHaveAnAddressOfTheirOwn(t *testing.T) {
	main, metrics := freeAddress(t), freeAddress(t)
	r := runWith(t, twoDoors(main, metrics, ""), withReadToken)
	shows, reads := "Authorization: Bearer "+secret, "Authorization: Bearer "+readToken
	for path, want := range map[string][3]int{ // without a token, with the role, with another role
		"/healthz":                {200, 200, 200},
		"/readyz":                 {200, 200, 200},
		"/metrics":                {401, 200, 403},
		"/v1/bots":                {401, 404, 404},
		"/":                       {404, 404, 404},
		"/debug/pprof/heap":       {401, 404, 404},
		"/wake":                   {401, 404, 404},
		"/assets/page.css":        {404, 404, 404},
		"/openapi.json":           {401, 404, 404},
		"/v1/bots/a/actions":      {401, 404, 404},
		"/metrics/../v1/bots":     {401, 404, 404},
		"/v1/bots?x=/healthz":     {401, 404, 404},
		"//healthz/../v1/bots":    {401, 404, 404},
		"/healthz/../v1/bots/a/x": {401, 404, 404},
	} {
		for i, header := range []string{"X: y", shows, reads} {
			status := intrude(t, metrics).ask(path, header)
			if path == "/readyz" && status == http.StatusServiceUnavailable || status == http.StatusTemporaryRedirect {
				status = want[i] // served, not ready yet; or told the path without its dots
			}
			if status != want[i] {
				t.Errorf("%s with %q is answered %d, want %d", path, header, status, want[i])
			}
		}
	}
	if status := intrude(t, main).ask("/metrics", shows); status != http.StatusOK {
		t.Errorf("the main address answers %d", status)
	}
	r.reload(twoDoors(main, metrics, ", auth: 'off'"))
	if status := intrude(t, metrics).ask("/metrics"); status != http.StatusOK {
		t.Errorf("answered %d where nothing is asked for", status)
	}
	if status := intrude(t, main).ask("/metrics"); status != http.StatusUnauthorized {
		t.Errorf("the main address answers %d", status)
	}
}

func withReadToken(o *Options) { o.Environ = append(o.Environ, "IDENTITY_OF_16="+readToken) }

func TestAReloadMovesBothServersOrNone(t *testing.T) {
	main, metrics := freeAddress(t), freeAddress(t)
	r := runWith(t, twoDoors(main, metrics, ""), withReadToken)
	moved := freeAddress(t)
	r.reload(twoDoors(moved, takenAddress(t), ""))
	if said := r.health.report.Load().ConfigError; !strings.Contains(said, "metrics.listen") {
		t.Errorf("says %q", said)
	}
	for _, address := range []string{main, metrics} {
		if status := intrude(t, address).ask("/healthz"); status != http.StatusOK {
			t.Errorf("the old address answers %d", status)
		}
	}
	if conn, err := net.Dial("tcp", moved); err == nil {
		t.Errorf("somebody listens at %v, though nothing was applied", conn.RemoteAddr())
	}
	before, newMetrics := r.current.Load(), freeAddress(t)
	r.write(twoDoors(moved, newMetrics, ""))
	r.signals <- syscall.SIGHUP
	r.awaitReport(func(*report) bool { return r.current.Load() != before })
	for _, address := range []string{main, metrics} {
		if conn, err := net.Dial("tcp", address); err == nil {
			t.Errorf("somebody listens at %v still", conn.RemoteAddr())
		}
	}
	for _, address := range []string{moved, newMetrics} {
		if status := intrude(t, address).ask("/healthz"); status != http.StatusOK {
			t.Errorf("the new address answers %d", status)
		}
	}
}
