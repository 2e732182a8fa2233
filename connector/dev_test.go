package connector_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	json "github.com/goccy/go-json"

	"hermod/connector"
	"hermod/wire"
)

// request makes one HTTP request; change, if set, may alter it. It returns status and body.
func request(t *testing.T, c *connector.Connector, method, path, body string, change func(*http.Request)) (int,
	string) {
	t.Helper()
	r, err := http.NewRequest(method, "http://"+c.Addr()+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if change != nil {
		change(r)
	}
	h := &http.Client{Timeout: patience, Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := h.Do(r)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	defer func() { _ = response.Body.Close() }()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, strings.TrimSpace(string(answer))
}

// post makes a control request that must succeed and decodes its answer.
func post(t *testing.T, c *connector.Connector, path, body string) map[string]any {
	t.Helper()
	status, answer := request(t, c, http.MethodPost, path, body, nil)
	if status != http.StatusOK {
		t.Fatalf("POST %s %s answered %d %s", path, body, status, answer)
	}
	var decoded map[string]any
	if err := json.Unmarshal([]byte(answer), &decoded); err != nil {
		t.Fatal(err)
	}
	return decoded
}

func withDev() connector.Config { return connector.Config{Dev: true, Live: true} }

func TestDevInboundAnswersHowItWasDelivered(t *testing.T) {
	c := start(t, withDev())
	answer := post(t, c, "/dev/inbound", `{"event":{"text":"a"}}`)
	if answer["delivery"] != "buffered" || answer["bufferId"] == "" {
		t.Fatalf("answered %v", answer)
	}
	g := greet(t, c, "")
	if id := g.expectEvent("a"); id != answer["bufferId"] {
		t.Fatalf("bufferId %q, want %v", id, answer["bufferId"])
	}
	g.ack(answer["bufferId"].(string))
	eventually(t, c, connector.DefaultGateway, func(s connector.GatewayState) bool { return s.Buffered == 0 })
	answer = post(t, c, "/dev/inbound", `{"gateway":"default","event":{"text":"b"}}`)
	if _, has := answer["bufferId"]; answer["delivery"] != "live" || has {
		t.Fatalf("answered %v", answer)
	}
	g.expectEvent("b")
}

func TestDevRoutesDoWhatTheirMethodsDo(t *testing.T) {
	c := start(t, withDev())
	g := greet(t, c, "")
	if answer := post(t, c, "/dev/passthrough", `{"forward":{"method":"POST"}}`); answer["delivery"] != "live" {
		t.Fatalf("answered %v", answer)
	}
	g.expect("passthrough_forward")
	post(t, c, "/dev/interrupt", `{"session_key":"k","chat_id":"c"}`)
	if m := g.expect("interrupt_inbound"); m.SessionKey != "k" || m.ChatID != "c" {
		t.Fatalf("got %+v", m)
	}
	post(t, c, "/dev/close", `{"code":4000,"reason":"replaced"}`)
	g.expectClose(4000, "replaced")

	g = greet(t, c, "")
	post(t, c, "/dev/revoke", `{"gateway":"default"}`)
	g.expectClose(wire.CloseUnauthorized, "unauthorized")
	dial(t, c, "").expectClose(wire.CloseUnauthorized, "unauthorized")
	post(t, c, "/dev/restore", `{"gateway":"default"}`)
	g = greet(t, c, "")
	post(t, c, "/dev/cut", `{}`)
	if _, err := g.next(); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Fatalf("after the cut: %v", err)
	}
}

func TestDevOutboundListsActionsInOrder(t *testing.T) {
	c := start(t, withDev())
	if _, body := request(t, c, http.MethodGet, "/dev/outbound", "", nil); body != "[]" {
		t.Fatalf("nothing is %s", body)
	}
	g := greet(t, c, "")
	for i := range 3 {
		g.request(fmt.Sprint("r", i), wire.NewSend("c", "<&>"))
		g.expect("outbound_result")
	}
	_, body := request(t, c, http.MethodGet, "/dev/outbound?since=1", "", nil)
	var got []map[string]any
	if err := json.Unmarshal([]byte(body), &got); err != nil || len(got) != 2 {
		t.Fatalf("answered %s, %v", body, err)
	}
	want := map[string]any{
		"seq": 2.0, "gateway": "default", "requestId": "r1", "platform": "", "botId": "",
	}
	for key, value := range want {
		if got[0][key] != value {
			t.Errorf("%s is %v, want %v", key, got[0][key], value)
		}
	}
	if action := got[0]["action"].(map[string]any); action["op"] != "send" || action["content"] != "<&>" {
		t.Errorf("action %v", action)
	}
}

func TestDevStateShowsEveryGateway(t *testing.T) {
	cfg := withGateways()
	cfg.Dev = true
	c := start(t, cfg)
	dial(t, c, token("g1", secret)).send([]byte(`{"type":"hello","platform":"discord","botId":"b1",` +
		`"command_manifest":[{"name":"new","description":"start over","options":[1]}]}` + "\n"))
	eventually(t, c, "g1", func(s connector.GatewayState) bool { return s.Connected })
	if err := c.Revoke("g2"); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Inject("g2", event("x")); err != nil {
		t.Fatal(err)
	}
	_, body := request(t, c, http.MethodGet, "/dev/state", "", nil)
	var got, want any
	for text, into := range map[string]*any{body: &got, `{"gateways":{
		"g1":{"connected":true,"buffered":0,"setAside":0,"idle":false,"revoked":false,"identities":[{"platform":"discord","botId":"b1"}],
			"commands":[{"name":"new","description":"start over","options":[1]}]},
		"g2":{"connected":false,"buffered":1,"setAside":0,"idle":false,"revoked":true,"identities":[]},
		"team:bot":{"connected":false,"buffered":0,"setAside":0,"idle":false,"revoked":false,"identities":[]}}}`: &want} {
		if err := json.Unmarshal([]byte(text), into); err != nil {
			t.Fatal(err)
		}
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Fatalf("state %v, want %v", got, want)
	}
}

func TestDevErrorsHaveTheirStatusAndText(t *testing.T) {
	single := start(t, withDev())
	cfg := withGateways()
	cfg.Dev = true
	several := start(t, cfg)
	huge := `{"event":{"text":"` + strings.Repeat("x", 9<<20) + `"}}`
	for name, tc := range map[string]struct {
		c                  *connector.Connector
		method, path, body string
		status             int
	}{
		"bad JSON":                  {single, "POST", "/dev/inbound", `{"event":`, 400},
		"no body":                   {single, "POST", "/dev/inbound", ``, 400},
		"not an object":             {single, "POST", "/dev/inbound", `[]`, 400},
		"two objects":               {single, "POST", "/dev/inbound", `{} {}`, 400},
		"no event":                  {single, "POST", "/dev/inbound", `{}`, 400},
		"event is no object":        {single, "POST", "/dev/inbound", `{"event":5}`, 400},
		"event is null":             {single, "POST", "/dev/inbound", `{"event":null}`, 400},
		"no forward":                {single, "POST", "/dev/passthrough", `{"event":{}}`, 400},
		"wrong type":                {single, "POST", "/dev/interrupt", `{"session_key":5}`, 400},
		"no code":                   {single, "POST", "/dev/close", `{}`, 400},
		"bad code":                  {single, "POST", "/dev/close", `{"code":1005}`, 400},
		"code is text":              {single, "POST", "/dev/close", `{"code":"1000"}`, 400},
		"bad since":                 {single, "GET", "/dev/outbound?since=x", ``, 400},
		"gateway left out":          {several, "POST", "/dev/inbound", `{"event":{}}`, 400},
		"unknown gateway":           {single, "POST", "/dev/inbound", `{"gateway":"g9","event":{}}`, 404},
		"unknown route":             {single, "POST", "/dev/nonsense", `{}`, 404},
		"GET of a POST route":       {single, "GET", "/dev/inbound", ``, 405},
		"POST of a GET route":       {single, "POST", "/dev/state", `{}`, 405},
		"close without session":     {single, "POST", "/dev/close", `{"code":1000}`, 409},
		"cut without session":       {single, "POST", "/dev/cut", `{}`, 409},
		"interrupt without session": {single, "POST", "/dev/interrupt", `{"session_key":"k","chat_id":"c"}`, 409},
		"wake without URL":          {single, "POST", "/dev/wake", `{}`, 409},
		"too large":                 {single, "POST", "/dev/inbound", huge, 413},
	} {
		t.Run(name, func(t *testing.T) {
			status, body := request(t, tc.c, tc.method, tc.path, tc.body, nil)
			var answer struct{ Error string }
			if err := json.Unmarshal([]byte(body), &answer); err != nil || status != tc.status || answer.Error == "" {
				t.Fatalf("answered %d %s, want %d with an error", status, body, tc.status)
			}
		})
	}
}

func TestDevRefusesForeignHostsAndEveryOrigin(t *testing.T) {
	c := start(t, withDev())
	_, port, _ := strings.Cut(c.Addr(), ":")
	for host, want := range map[string]int{
		"127.0.0.1:" + port: 200, "localhost:" + port: 200, "LOCALHOST": 200, "[::1]:" + port: 200, "[::1]": 200, "127.9.9.9": 200,
		"example.test": 403, "example.test:" + port: 403, "localhost.example.test": 403, "127.0.0.1.example.test": 403, "10.0.0.1": 403, "0.0.0.0": 403,
	} {
		if got, body := request(t, c, http.MethodGet, "/dev/state", "", func(r *http.Request) { r.Host = host }); got != want {
			t.Errorf("Host %q answered %d %s, want %d", host, got, body, want)
		}
	}
	for _, origin := range []string{"https://example.test", "http://localhost:" + port, "null", ""} {
		for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodOptions} {
			got, _ := request(t, c, method, "/dev/state", "", func(r *http.Request) { r.Header["Origin"] = []string{origin} })
			if got != http.StatusForbidden {
				t.Errorf("%s with Origin %q answered %d, want 403", method, origin, got)
			}
		}
	}
	for site, want := range map[string]int{"cross-site": 403, "same-site": 403, "same-origin": 403, "none": 200} {
		got, _ := request(t, c, http.MethodGet, "/dev/state", "", func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", site) })
		if got != want {
			t.Errorf("Sec-Fetch-Site %q answered %d, want %d", site, got, want)
		}
	}
}

func TestDevNeedsALoopbackListener(t *testing.T) {
	var config *wire.ConfigError
	if _, err := connector.Start(connector.Config{Dev: true, Listen: "0.0.0.0:0"}); !errors.As(err, &config) || config.Field != "Dev" {
		t.Fatalf("starting: %v, want a *wire.ConfigError of Dev", err)
	}
	start(t, connector.Config{Listen: "0.0.0.0:0"})
	elsewhere := listenInMemory()
	if _, err := connector.Start(connector.Config{Dev: true, Listener: elsewhere}); !errors.As(err, &config) ||
		config.Field != "Dev" {
		t.Fatalf("starting: %v, want a *wire.ConfigError of Dev", err)
	}
	if _, err := elsewhere.Accept(); err == nil {
		t.Error("the listener of a connector that did not start is open")
	}
}

func TestConfigReportsEveryBadField(t *testing.T) {
	_, err := connector.Start(connector.Config{
		Gateways: map[string][]wire.Secret{"": {"s"}, "none": nil, "blank": {" \n"}, "empty": {""}},
		Listen:   "127.0.0.1:0", Listener: listenInMemory(),
		WakeURLs: map[string]string{"g": "ftp://x"}, Window: 65, MaxBuffered: -1,
		Tenants: map[string][]wire.Secret{"t": {" "}}, EnrollmentTokens: []wire.Secret{""}, MaxGateways: -1,
		MaxMediaBytes: -1, PingInterval: -1,
	})
	for _, want := range []string{"1 to 512 bytes", `"none" has no secret`, `"blank"`, `"empty"`, "WakeURLs", "Tenants", "EnrollmentTokens", "MaxGateways", "MaxMediaBytes", "Window", "MaxBuffered", "PingInterval", "Listener"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not say %q", err, want)
		}
	}
}

func TestSecretsAndTokensAreNotLogged(t *testing.T) {
	var log lockedBuffer
	cfg := withGateways()
	cfg.Dev, cfg.Logger = true, log.logger()
	c := start(t, cfg)
	good, bad := token("g1", secret), token("g1", "guess")
	greet(t, c, good).leave()
	dial(t, c, bad).expectClose(wire.CloseUnauthorized, "unauthorized")
	post(t, c, "/dev/inbound", `{"gateway":"g2","event":{"text":"content"}}`)
	stop(t, c)
	for _, hidden := range []string{secret.Reveal(), good, bad, "guess", "content"} {
		if bytes.Contains(log.bytes(), []byte(hidden)) {
			t.Errorf("the log shows %q:\n%s", hidden, log.bytes())
		}
	}
}
