package boot_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"hermod/gateway/boot"
	"hermod/wire"
)

const (
	tokenURL     = "https://idp.example/token?canary-path"
	clientSecret = "canary-client-secret"
)

func environmentOf(variables ...string) func(string) string {
	values := make(map[string]string)
	for i := 0; i < len(variables); i += 2 {
		values["GATEWAY_RELAY_"+variables[i]] = variables[i+1]
	}
	return func(name string) string { return values[name] }
}

func TestTheEnvironmentNamesTheIdentity(t *testing.T) {
	for _, tt := range []struct {
		name, method, form, want string
		environment              []string
		answer                   string
	}{
		{name: "a token", environment: []string{"IDENTITY_TOKEN", " t1\n", "IDP_TOKEN_URL", tokenURL}, want: "t1"},
		{
			name: "client credentials", method: http.MethodPost, answer: `{"access_token":"t2","expires_in":60}`, want: "t2",
			environment: []string{"IDP_TOKEN_URL", tokenURL, "IDP_CLIENT_ID", "c&1", "IDP_CLIENT_SECRET", clientSecret, "IDP_SCOPE", "relay a"},
			form:        "client_id=c%261&client_secret=canary-client-secret&grant_type=client_credentials&scope=relay+a",
		},
		{
			name: "client credentials without a scope", method: http.MethodPost, answer: `{"access_token":"t2"}`, want: "t2",
			environment: []string{"IDP_TOKEN_URL", tokenURL, "IDP_CLIENT_ID", "c1", "IDP_CLIENT_SECRET", clientSecret},
			form:        "client_id=c1&client_secret=canary-client-secret&grant_type=client_credentials",
		},
		{name: "an ambient token", method: http.MethodGet, answer: " t3.x-_y=\n", want: "t3.x-_y=", environment: []string{"IDP_TOKEN_URL", tokenURL}},
		{name: "an ambient token in an envelope", method: http.MethodGet, answer: `{"access_token":"t4"}`, want: "t4", environment: []string{"IDP_TOKEN_URL", tokenURL}},
	} {
		s := &script{steps: []transport{status(200, tt.answer)}}
		ask, err := boot.IdentityFromEnvironment(environmentOf(tt.environment...), s)
		if err != nil || ask == nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		token, err := ask(t.Context())
		if err != nil || token.Reveal() != tt.want {
			t.Errorf("%s: got a token of %d bytes, %v", tt.name, len(token.Reveal()), err)
		}
		if asked := len(s.requests) > 0; asked != (tt.method != "") {
			t.Fatalf("%s: %d requests", tt.name, len(s.requests))
		}
		if tt.method == "" {
			continue
		}
		r := s.requests[0]
		if r.Method != tt.method || s.bodies[0] != tt.form || r.URL.String() != tokenURL || r.Header.Get("Authorization") != "" {
			t.Errorf("%s: %s with %q", tt.name, r.Method, s.bodies[0])
		}
	}
	if ask, err := boot.IdentityFromEnvironment(environmentOf("IDP_CLIENT_ID", "c1"), nil); ask != nil || err != nil {
		t.Errorf("an environment without an identity has one (%v)", err)
	}
}

func TestMistakesAboutTheIdentityNameTheVariable(t *testing.T) {
	for _, tt := range []struct {
		want        string
		environment []string
	}{
		{"GATEWAY_RELAY_IDP_CLIENT_SECRET: is missing beside GATEWAY_RELAY_IDP_CLIENT_ID", []string{"IDP_TOKEN_URL", tokenURL, "IDP_CLIENT_ID", "c1", "IDP_CLIENT_SECRET", "  "}},
		{"GATEWAY_RELAY_IDP_CLIENT_ID: is missing beside GATEWAY_RELAY_IDP_CLIENT_SECRET", []string{"IDP_TOKEN_URL", tokenURL, "IDP_CLIENT_SECRET", clientSecret}},
		{"GATEWAY_RELAY_IDP_TOKEN_URL: is not an absolute http or https URL", []string{"IDP_TOKEN_URL", "idp.example/canary"}},
		{"GATEWAY_RELAY_IDP_TOKEN_URL: is not an absolute http or https URL", []string{"IDP_TOKEN_URL", "file:///canary"}},
		{"GATEWAY_RELAY_IDP_TOKEN_URL: holds a user or password", []string{"IDP_TOKEN_URL", "https://u:canary@h/"}},
	} {
		ask, err := boot.IdentityFromEnvironment(environmentOf(tt.environment...), nil)
		var wrong *wire.ConfigError
		if ask != nil || !errors.As(err, &wrong) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%v, want %s", err, tt.want)
		}
		expectNoSecret(t, err)
	}
}

func TestWhatIsNoTokenIsNotTakenForOne(t *testing.T) {
	client := boot.IdentityProvider{TokenURL: tokenURL, ClientID: "c1", ClientSecret: clientSecret}
	ambient := boot.IdentityProvider{TokenURL: tokenURL}
	for _, tt := range []struct {
		provider boot.IdentityProvider
		answer   transport
		want     string
	}{
		{client, status(200, "canary-raw"), "holds no token"},
		{client, status(200, `{"access_token":""}`), "holds no token"},
		{client, status(200, `{"access_token":{"canary":1}}`), "holds no token"},
		{client, status(200, `{"access_token":"canary\r\nX: y"}`), "holds no token"},
		{client, status(200, `{"access_token":"canary`), "holds no token"},
		{ambient, status(200, ""), "holds no token"},
		{ambient, status(200, "<html>canary</html>"), "holds no token"},
		{ambient, status(200, "canary two words"), "holds no token"},
		{ambient, status(200, strings.Repeat("x", wire.MaxBody+1)), "larger than 256 KiB"},
		{client, status(401, `{"error":"invalid_client for canary-client-secret"}`), "refused with 401 Unauthorized: invalid_client for"},
		{ambient, status(400, `{"error":"invalid_request"}`), "one that asks for a client needs its id and secret"},
		{client, status(302, "", "Location", "https://elsewhere.example/"), "refused with 302"},
		{client, status(503, `{"error":"soon"}`), "the connector answered 503"},
		{client, failing(errors.New("no route")), "no route"},
	} {
		s := &script{steps: []transport{tt.answer}}
		tt.provider.Transport = s
		token, err := tt.provider.Identity(t.Context())
		if token != "" || err == nil || !strings.Contains(err.Error(), tt.want) || len(s.requests) != 1 {
			t.Errorf("%v after %d requests, want %s", err, len(s.requests), tt.want)
		}
		expectNoSecret(t, err)
	}
}

func TestAnIdentityProviderThatDoesNotAnswerIsAFailedTry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		idp := &script{steps: []transport{hanging, status(503, ""), status(200, "canary-fresh")}}
		s := &script{steps: []transport{status(200, issued)}}
		client := newClient(t, s, func(cfg *boot.Config) {
			cfg.Identity = boot.IdentityProvider{TokenURL: tokenURL, Transport: idp}.Identity
		})
		if _, err := client.Enroll(t.Context(), token); err != nil || len(idp.requests) != 3 || len(s.requests) != 1 {
			t.Fatalf("%v after %d and %d requests", err, len(idp.requests), len(s.requests))
		}
		if s.requests[0].Header.Get("Authorization") != "Bearer canary-fresh" {
			t.Error("the connector is not shown the fresh token")
		}
	})
	idp := &script{steps: []transport{status(401, `{"error":"invalid_client"}`)}}
	client := newClient(t, &script{}, func(cfg *boot.Config) {
		cfg.Identity = boot.IdentityProvider{TokenURL: tokenURL, Transport: idp}.Identity
	})
	var refused *boot.RefusedError
	if _, err := client.Enroll(t.Context(), token); !errors.As(err, &refused) || len(idp.requests) != 1 {
		t.Errorf("a refusal of the identity provider is not final: %v", err)
	}
}

func TestEveryRequestSaysWhatItComesFrom(t *testing.T) {
	s := &script{steps: []transport{status(200, issued), status(200, "file"), status(302, "", "Location", "https://cdn.example/x"), status(200, "file"), status(200, "canary")}}
	client := newClient(t, s, nil)
	if _, err := client.Enroll(t.Context(), token); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		d, err := client.Media(inHand()).Download(t.Context(), "https://cdn.example/file")
		if err != nil {
			t.Fatal(err)
		}
		_ = d.Close()
	}
	if _, err := (boot.IdentityProvider{TokenURL: tokenURL, Transport: s}).Identity(t.Context()); err != nil {
		t.Fatal(err)
	}
	for i, r := range s.requests {
		if r.Header.Get("User-Agent") != "hermod" {
			t.Errorf("request %d, %s, comes from %q", i, r.URL.Path, r.Header.Get("User-Agent"))
		}
	}
}

func FuzzATokenCanStandInAHeader(f *testing.F) {
	for _, answer := range []string{"t1", `{"access_token":"t1"}`, `{"access_token":7}`, "{", "<p>", "a\nb", "\ufeff", `"t"`} {
		f.Add([]byte(answer), true)
		f.Add([]byte(answer), false)
	}
	f.Fuzz(func(t *testing.T, answer []byte, ambient bool) {
		p := boot.IdentityProvider{TokenURL: tokenURL, Transport: &script{steps: []transport{status(200, string(answer))}}}
		if !ambient {
			p.ClientID, p.ClientSecret = "c1", clientSecret
		}
		token, err := p.Identity(t.Context())
		if (err == nil) != (token != "") {
			t.Fatalf("a token of %d bytes with %v", len(token.Reveal()), err)
		}
		if strings.ContainsFunc(token.Reveal(), func(c rune) bool { return c <= ' ' || c >= 0x7f }) {
			t.Errorf("the token %q is no header", token.Reveal())
		}
	})
}
