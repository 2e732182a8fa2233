package connector_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"hermod/actors"
	"hermod/connector"
	"hermod/gateway/boot"
	"hermod/wire"
)

// The tokens of these tests, each of which no log and no error may show.
const (
	identityToken   = "canary-identity-token"
	enrollmentToken = "canary-enrolment-token"
)

func withTenant(log *lockedBuffer) connector.Config {
	return connector.Config{Dev: true, Logger: log.logger(),
		Tenants:          map[string][]wire.Secret{"acme": {identityToken}, "other": {"canary-other-identity"}},
		EnrollmentTokens: []wire.Secret{enrollmentToken}}
}

func bootClient(t *testing.T, c *connector.Connector, id string, identity wire.Secret) *boot.Client {
	t.Helper()
	client, err := boot.New(boot.Config{URL: c.URL(), GatewayID: id, Identity: boot.StaticIdentity(identity)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.CloseIdle)
	return client
}

// gatewayUnderBoot is a gateway with one relay and its wake endpoint.
type gatewayUnderBoot struct {
	engine *actors.Engine
	relay  *actors.Relay
	events chan string
	keys   chan []wire.Secret
	wakes  string
}

func startGateway(t *testing.T) *gatewayUnderBoot {
	t.Helper()
	engine, err := actors.New(actors.EngineConfig{})
	if err != nil {
		t.Fatal(err)
	}
	g := &gatewayUnderBoot{engine: engine, events: make(chan string, 16), keys: make(chan []wire.Secret, 1)}
	handler := boot.WakeHandler(boot.WakeConfig{Wake: boot.WakeRelays(engine.Relays), Keys: func(string) []wire.Secret {
		keys := <-g.keys
		g.keys <- keys
		return keys
	}})
	server := httptest.NewServer(handler)
	g.wakes = server.URL + "/wake?relay=bot"
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := engine.Close(ctx); err != nil {
			t.Errorf("closing the engine: %v", err)
		}
		server.Close()
	})
	return g
}

func (g *gatewayUnderBoot) dial(t *testing.T, c *connector.Connector, credentials wire.Credentials) {
	t.Helper()
	var err error
	g.relay, err = g.engine.Spawn("bot", actors.Config{URL: c.URL(), GatewayID: credentials.GatewayID,
		Secret:     credentials.Secret,
		Identities: []wire.Identity{{Platform: "discord", BotID: "b1"}},
		Handlers: actors.Handlers{Inbound: func(_ context.Context, d *actors.Inbound) error {
			g.events <- d.Event.Text
			return nil
		}}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if _, err := g.relay.Handshake(ctx); err != nil {
		t.Fatal(err)
	}
}

func TestGatewayBootsSleepsAndIsWokenForWhatWaits(t *testing.T) {
	log := &lockedBuffer{}
	c := start(t, withTenant(log))
	client, g := bootClient(t, c, "g1", identityToken), startGateway(t)

	enrolled, err := client.Enroll(t.Context(), enrollmentToken)
	if err != nil || enrolled.GatewayID != "g1" || enrolled.Tenant != "acme" || enrolled.Secret == "" || enrolled.DeliveryKey == "" {
		t.Fatalf("enrolling: %v, %+v", err, enrolled)
	}
	g.keys <- []wire.Secret{enrolled.DeliveryKey}
	done, err := client.Provision(t.Context(), enrolled,
		wire.Registration{Platform: "discord", BotID: "b1", RouteKeys: []string{"r1"}, WakeURL: g.wakes},
		wire.Registration{Platform: "telegram", BotID: "b2", WakeURL: g.wakes, InstanceID: "i1", DisplayName: "Bot"})
	if err != nil || done.Credentials != enrolled || strings.Join(done.Platforms, " ") != "discord telegram" {
		t.Fatalf("provisioning: %v, %v; the credentials changed: %v", err, done.Platforms, done.Credentials != enrolled)
	}
	g.dial(t, c, done.Credentials)
	err = client.DeclarePolicy(t.Context(), enrolled, wire.RelevancePolicy{Platform: "discord", RequireAddress: true,
		FreeResponseScopes: []string{"c1"}})
	if err != nil {
		t.Fatal(err)
	}
	state := c.Boot()["g1"]
	if len(state.Platforms) != 2 || state.Platforms[1].InstanceID != "i1" || len(state.Policies) != 1 ||
		!state.Policies[0].RequireAddress {
		t.Fatalf("the connector knows %+v", state)
	}
	roundTrip(t, client.Media(enrolled))

	g.relay.HoldRedial() // so that nothing but the wake URL wakes it
	if !g.relay.GoDormant(t.Context(), 0) {
		t.Fatal("the relay does not sleep")
	}
	if d, err := c.Inject("g1", event("good morning")); err != nil || d.Live {
		t.Fatalf("delivering to a sleeper: %+v, %v", d, err)
	}
	if text := <-g.events; text != "good morning" {
		t.Fatalf("got %q", text)
	}
	eventually(t, c, "g1", func(s connector.GatewayState) bool { return s.Buffered == 0 })
	expectNoSecrets(t, log, enrolled)
}

func roundTrip(t *testing.T, media *boot.MediaClient) {
	t.Helper()
	sent := bytes.Repeat([]byte("0123456789abcdef"), wire.MaxMedia/16)
	ref, err := media.Upload(t.Context(), boot.Upload{Body: bytes.NewReader(sent), Filename: "dir/grün.png"})
	if err != nil || !media.Owns(ref) {
		t.Fatalf("uploading: %q, %v", ref, err)
	}
	d, err := media.Download(t.Context(), ref)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	got, err := io.ReadAll(d)
	if err != nil || !bytes.Equal(got, sent) || d.Filename != "grün.png" || d.ContentType != "image/png" || d.Size != wire.MaxMedia {
		t.Fatalf("downloaded %d bytes %q %q of %d: %v", len(got), d.Filename, d.ContentType, d.Size, err)
	}
}

// expectNoSecrets fails when the log shows a token or a credential.
func expectNoSecrets(t *testing.T, log *lockedBuffer, credentials wire.Credentials) {
	t.Helper()
	text := string(log.bytes())
	if text == "" {
		t.Fatal("nothing was logged")
	}
	for _, secret := range []string{identityToken, enrollmentToken, credentials.Secret.Reveal(),
		credentials.DeliveryKey.Reveal(), "canary"} {
		if strings.Contains(text, secret) {
			t.Fatalf("the log shows a secret:\n%s", text)
		}
	}
}

func TestEnrolmentAndProvisioningRefuse(t *testing.T) {
	log := &lockedBuffer{}
	cfg := withTenant(log)
	cfg.Gateways = map[string][]wire.Secret{"static": {"the secret of static"}}
	cfg.MaxGateways = 2
	c := start(t, cfg)
	mine, err := bootClient(t, c, "g1", identityToken).Enroll(t.Context(), enrollmentToken)
	if err != nil {
		t.Fatal(err)
	}
	const enroll, provision = wire.EnrollPath, wire.ProvisionPath
	own := wire.MintToken("g1", mine.Secret, wire.TokenTTL, now())
	for name, test := range map[string]struct {
		path, bearer, body string
		status             int
	}{
		"no identity":                 {enroll, "", `{"enrollmentToken":"canary-enrolment-token","gatewayId":"g1"}`, 401},
		"unknown identity":            {enroll, "canary-guess", `{"enrollmentToken":"canary-enrolment-token","gatewayId":"g1"}`, 401},
		"unknown token":               {enroll, identityToken, `{"enrollmentToken":"canary-guess","gatewayId":"g1"}`, 403},
		"spent token":                 {enroll, identityToken, `{"enrollmentToken":"canary-enrolment-token","gatewayId":"g2"}`, 403},
		"not JSON":                    {enroll, identityToken, `canary`, 400},
		"missing fields":              {enroll, identityToken, `{}`, 400},
		"too large":                   {enroll, identityToken, strings.Repeat("x", wire.MaxBody+1), 413},
		"another tenant's gateway":    {provision, "canary-other-identity", `{"gatewayId":"g1","platform":"discord"}`, 403},
		"the configuration's gateway": {provision, identityToken, `{"gatewayId":"static","platform":"discord"}`, 403},
		"another gateway's bearer":    {provision, own, `{"gatewayId":"g3","platform":"discord"}`, 403},
		"a wake URL that is none":     {provision, own, `{"gatewayId":"g1","platform":"discord","wakeUrl":"file:///etc"}`, 400},
		"a policy by identity":        {wire.PolicyPath, identityToken, `{"platform":"discord"}`, 401},
		"media without a bearer":      {wire.MediaPath, "", `x`, 401},
	} {
		if status, answer := postAs(t, c, test.path, test.bearer, test.body); status != test.status ||
			strings.Contains(answer, "canary") {
			t.Errorf("%s: answered %d %s, want %d", name, status, answer, test.status)
		}
	}
	if status, _ := postAs(t, c, provision, identityToken, `{"gatewayId":"g2","platform":"discord"}`); status != 200 {
		t.Fatalf("the second gateway: %d", status)
	}
	if status, _ := postAs(t, c, provision, identityToken, `{"gatewayId":"g3","platform":"discord"}`); status != 503 {
		t.Fatalf("a gateway beyond the bound: %d", status)
	}
	expectNoSecrets(t, log, mine)
}

func postAs(t *testing.T, c *connector.Connector, path, bearer, body string) (status int, answer string) {
	t.Helper()
	return request(t, c, http.MethodPost, path, body, func(r *http.Request) {
		if bearer != "" {
			r.Header.Set("Authorization", "Bearer "+bearer)
		}
	})
}

func TestCredentialsAndMediaSurviveARestart(t *testing.T) {
	log := &lockedBuffer{}
	cfg := withTenant(log)
	cfg.DataDir = t.TempDir()
	c := start(t, cfg)
	client := bootClient(t, c, "g1", identityToken)
	first, err := client.Enroll(t.Context(), enrollmentToken)
	if err != nil {
		t.Fatal(err)
	}
	stored, err := c.StoreMedia("", connector.Media{ContentType: "text/plain", Filename: "a.txt"}, strings.NewReader("kept"))
	if err != nil {
		t.Fatal(err)
	}
	stop(t, c)
	c = start(t, cfg)
	client = bootClient(t, c, "g1", identityToken)
	second, err := client.Enroll(t.Context(), enrollmentToken)
	if err != nil || second.Secret == first.Secret || second.DeliveryKey != first.DeliveryKey {
		t.Fatalf("enrolling again: %v; a new secret: %v", err, second.Secret != first.Secret)
	}
	greet(t, c, wire.MintToken("g1", first.Secret, wire.TokenTTL, now())).leave()
	d, err := client.Media(second).Download(t.Context(), c.MediaURL(stored.ID))
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if got, err := io.ReadAll(d); err != nil || string(got) != "kept" {
		t.Fatalf("read %q, %v", got, err)
	}
}

func TestProvisioningByIdentityAnswersTheSameSecretForEveryPlatform(t *testing.T) {
	c := start(t, withTenant(&lockedBuffer{}))
	var secrets []wire.Secret
	for _, platform := range []string{"discord", "telegram", "slack"} {
		done, err := bootClient(t, c, "g1", identityToken).Provision(t.Context(), wire.Credentials{},
			wire.Registration{Platform: platform})
		if err != nil {
			t.Fatal(err)
		}
		secrets = append(secrets, done.Credentials.Secret)
	}
	if secrets[0] == "" || secrets[1] != secrets[0] || secrets[2] != secrets[0] {
		t.Fatal("the platforms of one gateway got different secrets")
	}
	if err := c.Revoke("g1"); err != nil {
		t.Fatal(err)
	}
	if status, _ := postAs(t, c, wire.ProvisionPath, identityToken, `{"gatewayId":"g1","platform":"discord"}`); status != 403 {
		t.Fatalf("a revoked gateway was provisioned: %d", status)
	}
	if _, err := bootClient(t, c, "g1", identityToken).Enroll(t.Context(), enrollmentToken); err == nil ||
		!strings.Contains(err.Error(), "revoked") {
		t.Fatalf("a revoked gateway was enrolled: %v", err)
	}
}

func TestDevShowsWhatGatewaysDeclaredAndNoSecret(t *testing.T) {
	c := start(t, withTenant(&lockedBuffer{}))
	client := bootClient(t, c, "g1", identityToken)
	done, err := client.Provision(t.Context(), wire.Credentials{}, wire.Registration{Platform: "discord", BotID: "b1",
		RouteKeys: []string{"r"}})
	if err != nil {
		t.Fatal(err)
	}
	if err := client.DeclarePolicy(t.Context(), done.Credentials, wire.RelevancePolicy{Platform: "discord",
		AllowOtherBots: true}); err != nil {
		t.Fatal(err)
	}
	want := `{"gateways":{"g1":{"tenant":"acme","platforms":[{"platform":"discord","botId":"b1","gatewayEndpoint":"","routeKeys":["r"],` +
		`"instanceId":"","displayName":""}],"policies":[{"platform":"discord","requireAddress":false,"freeResponseScopes":[],"allowOtherBots":true}],"wakeUrl":""}}}`
	if status, answer := request(t, c, http.MethodGet, "/dev/boot", "", nil); status != 200 || answer != want {
		t.Fatalf("answered %d %s", status, answer)
	}
	file := post(t, c, "/dev/media", "for the gateway")
	if status, answer := request(t, c, http.MethodGet, "/dev/media/"+file["id"].(string), "", nil); status != 200 || answer != "for the gateway" {
		t.Fatalf("answered %d %s", status, answer)
	}
	d, err := client.Media(done.Credentials).Download(t.Context(), file["url"].(string))
	if err != nil {
		t.Fatal(err)
	}
	_ = d.Close()
}

func TestWebPageCannotUseAConnectorWithoutAuthentication(t *testing.T) {
	c := start(t, connector.Config{})
	for path, status := range map[string]int{wire.PolicyPath: 403, wire.MediaPath: 403, wire.EnrollPath: 403} {
		got, _ := request(t, c, http.MethodPost, path, `{"platform":"discord"}`, func(r *http.Request) { r.Header.Set("Origin", "https://page.example") })
		if got != status {
			t.Errorf("%s: %d", path, got)
		}
	}
	if status, answer := postAs(t, c, wire.EnrollPath, "x", `{}`); status != 403 || !strings.Contains(answer, "no tenant is configured") {
		t.Errorf("enrolling: %d %s", status, answer)
	}
	if status, _ := postAs(t, c, wire.PolicyPath, "", `{"platform":"discord"}`); status != 200 ||
		len(c.Boot()[connector.DefaultGateway].Policies) != 1 {
		t.Errorf("a policy: %d", status)
	}
}
