package daemon

import (
	"net/http"
	"strings"
	"testing"
)

func TestMetricsAndProfilesAreForThoseWhoShowTheToken(t *testing.T) {
	c := serveConnector(t, "a")
	d := run(t, "http: {listen: '127.0.0.1:0', token: {env: SECRET}, pprof: true}\ndefaults: {url: '"+c.URL()+"', deliver: {stream: {}}}\n"+
		"bots:\n  - {name: a, identities: [{platform: telegram, bot_id: '1'}], gateway_id: a, secret: {env: SECRET}}\n")
	d.await([]string{"a"}, connected)
	for path, words := range map[string]string{"/metrics": `hermod_bot_connected{bot="a",platform="telegram"} 1`,
		"/debug/pprof/": "goroutine", "/debug/pprof/goroutine?debug=1": "goroutine profile", "/debug/pprof/cmdline": "test"} {
		if status, body := d.get(path); status != http.StatusUnauthorized || strings.Contains(body, words) {
			t.Errorf("%s answers %d to everybody", path, status)
		}
		if status, body := d.get(path, "Authorization", "Bearer "+secret); status != http.StatusOK || !strings.Contains(body, words) {
			t.Errorf("%s answers %d without %q: %.200s", path, status, words, body)
		}
	}
	d.write("bots: [")
	d.awaitReport(func(now *report) bool { return now.ConfigError != "" })
	if !strings.Contains(metrics(d), "hermod_config_last_reload_successful 0") {
		t.Error("the metrics do not tell of a bad reload")
	}
}

func TestProfilesAreOffUnlessAskedFor(t *testing.T) {
	d := run(t, "http: {listen: '127.0.0.1:0', token: {env: SECRET}}\nbots: []\n")
	for _, path := range []string{"/debug/pprof/", "/debug/pprof/heap", "/debug/pprof/profile?seconds=1"} {
		status, body := d.get(path, "Authorization", "Bearer "+secret)
		if status != http.StatusNotFound || !strings.Contains(body, "http.pprof: true") {
			t.Errorf("%s answers %d: %.100s", path, status, body)
		}
	}
	if text := metrics(d); strings.Contains(text, secret) || !strings.Contains(text, "go_goroutines") || !strings.Contains(text, "process_resident_memory_bytes") {
		t.Error("the metrics hold the secret, or lack those of Go or the process")
	}
}

func metrics(d *running) string {
	_, body := d.get("/metrics", "Authorization", "Bearer "+secret)
	return body
}
