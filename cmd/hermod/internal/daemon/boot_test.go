package daemon

import (
	"context"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"hermod/actors"
	"hermod/cmd/hermod/internal/fleet"
	"hermod/connector"
	"hermod/wire"
)

const bootFile = `
http: {listen: '127.0.0.1:0'}
state: %[3]s
bots:
  - name: a
    url: %[1]s
    gateway_id: g1
    identities: [{platform: discord, bot_id: b1}, {platform: telegram, bot_id: b2}]
    identity_token: {env: IDENTITY}
    enroll: {token: {env: ENROLMENT}}
    provision: {endpoint: 'http://h', wake_url: '%[2]s/wake?relay=a', display_name: A}
    policy: {require_address: true, free_response_scopes: [s1]}
    deliver: {stream: {}}
    timing: {backoff: 10ms, max_backoff: 20ms}
`

// front is an address that is known before the server behind it is there; until it is opened it hangs up on everyone.
type front struct {
	*httptest.Server
	behind atomic.Pointer[httputil.ReverseProxy]
	before func(*http.Request) // sees each request first; nil is nobody
}

func newFront(t *testing.T) *front {
	t.Helper()
	d := new(front)
	d.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if d.behind.Load() == nil {
			panic(http.ErrAbortHandler)
		}
		if d.before != nil {
			d.before(r)
		}
		d.behind.Load().ServeHTTP(w, r)
	}))
	t.Cleanup(d.Close)
	return d
}

// open lets everyone through to an address.
func (d *front) open(address string) {
	transport := &http.Transport{DisableKeepAlives: true}
	d.behind.Store(&httputil.ReverseProxy{Transport: transport, ErrorLog: log.New(io.Discard, "", 0),
		Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(&url.URL{Scheme: "http", Host: address}) }})
}

// serveTenant runs a connector that enrols gateways.
func serveTenant(t *testing.T) *connector.Connector {
	t.Helper()
	c, err := connector.Start(connector.Config{Dev: true, DataDir: t.TempDir(),
		Tenants: map[string][]wire.Secret{"acme": {"canary-identity"}}, EnrollmentTokens: []wire.Secret{"canary-enrolment"}})
	must(t, err)
	t.Cleanup(func() { _ = c.Close(context.Background()) })
	return c
}

func TestABotEnrolsAndIsProvisionedAsSoonAsTheConnectorIsThere(t *testing.T) {
	front, state := newFront(t), t.TempDir()
	r := run(t, fmt.Sprintf(bootFile, front.URL, "http://w", state))
	r.await([]string{"a"}, func(s fleet.Status) bool {
		return s.State == fleet.Starting && strings.Contains(s.LastError, "enrol gateway g1") && s.Hint != ""
	})
	c := serveTenant(t)
	front.open(c.Addr())
	r.await([]string{"a"}, connected)
	known := c.Boot()["g1"]
	if len(known.Platforms) != 2 || known.Platforms[0].DisplayName != "A" || known.Platforms[1].BotID != "b2" ||
		len(known.Policies) != 2 || !known.Policies[1].RequireAddress || !strings.HasSuffix(known.WakeURL, "/wake?relay=a") {
		t.Errorf("the connector knows %+v", known)
	}
	b, _ := r.fleet.Bot("a")
	if cfg := b.Config(); cfg.DeliveryKey == "" || cfg.TenantName != "acme" {
		t.Errorf("tenant %q", cfg.TenantName)
	}
	info, err := os.Stat(filepath.Join(state, "credentials", "a.json"))
	must(t, err)
	if info.Mode().Perm() != 0o600 {
		t.Errorf("the credentials have mode %v", info.Mode())
	}
}

func TestAnEnrolmentOutlivesTheDaemon(t *testing.T) {
	c, state := serveTenant(t), t.TempDir()
	file := fmt.Sprintf(bootFile, c.URL(), "http://w", state)
	t.Run("enrol", func(t *testing.T) { run(t, file).await([]string{"a"}, connected) })
	t.Run("start again", func(t *testing.T) { run(t, file).await([]string{"a"}, connected) })
}

func TestARefusedEnrolmentFailsTheBotWithAHint(t *testing.T) {
	c, state := serveTenant(t), t.TempDir()
	file := fmt.Sprintf(bootFile, c.URL(), "http://w", state)
	r := run(t, strings.Replace(file, "enroll: {token: {env: ENROLMENT}}", "enroll: {token: {env: SECRET}}", 1))
	r.await([]string{"a"}, func(s fleet.Status) bool {
		return s.State == actors.Failed && strings.Contains(s.Hint, "ask the connector's operator for a new one") && !strings.Contains(s.LastError, secret)
	})
	r.write(file)
	r.await([]string{"a"}, connected)
}

func TestTheConnectorWakesABotThatSleeps(t *testing.T) {
	c, front := serveTenant(t), newFront(t)
	r := run(t, fmt.Sprintf(bootFile, c.URL(), front.URL, t.TempDir()))
	front.open(r.servers.main.addr())
	r.await([]string{"a"}, connected)
	b, _ := r.fleet.Bot("a")
	if asleep, err := b.Sleep(context.Background()); !asleep || err != nil {
		t.Fatalf("asleep %v, %v", asleep, err)
	}
	_, err := c.Inject("g1", []byte(`{"text":"hi","message_id":"m1","source":{"platform":"discord","chat_id":"c1"}}`))
	must(t, err)
	r.got.await(t, 1)
	if status := b.Status(); status.Asleep || status.Starts != 1 {
		t.Errorf("status is %+v", status)
	}
}

func TestCredentialsOfAnotherConnectorAreNotUsed(t *testing.T) {
	k := keeper{t.TempDir()}
	bot := (&kept{URL: "ws://a", GatewayID: "g1", Secret: "s"})
	must(t, k.save("a", *bot))
	for _, tt := range []struct{ url, gateway, want string }{{"ws://a", "g1", "s"}, {"ws://b", "g1", ""}, {"ws://a", "g2", ""}} {
		found, err := k.load(botAt(tt.url, tt.gateway), slog.New(slog.DiscardHandler))
		if err != nil || found.Secret != tt.want || found.GatewayID != tt.gateway {
			t.Errorf("%s %s: %+v, %v", tt.url, tt.gateway, found, err)
		}
	}
}

func TestCredentialsThatCannotBeReadOrKeptFailTheBot(t *testing.T) {
	folder := t.TempDir()
	must(t, os.WriteFile(filepath.Join(folder, "credentials"), nil, 0o600))
	k := keeper{folder}
	if err := k.save("a", kept{}); err == nil || !strings.Contains(err.Error(), "keep the credentials that were issued to a") {
		t.Errorf("saved with %v", err)
	}
	if _, err := k.load(botAt("ws://a", "g1"), slog.New(slog.DiscardHandler)); err == nil || !strings.Contains(err.Error(), "read the credentials") {
		t.Errorf("loaded with %v", err)
	}
}
